import { parseJid } from '@parlour/jid'
import { createMemoryStorage } from '@parlour/storage'
import { StreamError } from '@parlour/xml-stream'
import { describe, expect, test } from 'vitest'
import { Stand } from './kernel.fixture.ts'
import { defineServerModule } from './module.ts'

const JULIET = 'juliet@example.com/balcony'
const ROMEO = 'romeo@example.net/orchard'
const juliet = parseJid(JULIET)

describe('41. RFC 6120 §7.7.2.2: a resource that is taken', () => {
  const taken = async (resourceConflict: 'replace' | 'rename' | 'refuse') => {
    const stand = await Stand.open({ host: { resourceConflict } })
    return { stand, older: await stand.connect(JULIET), newer: stand.connect(JULIET) }
  }

  test('replace: the older session ends with conflict, and its late end touches nobody', async () => {
    const { stand, older, newer } = await taken('replace')
    const { session } = await newer
    expect((older.end as StreamError).condition).toBe('conflict')
    older.session.closed()
    expect(stand.kernel.directory.find('juliet@example.com', 'balcony')).toBe(session)
  })

  test('rename: both stay', async () => {
    const { stand, older, newer } = await taken('rename')
    expect((await newer).session.resource).not.toBe('balcony')
    expect(older.end).toBeUndefined()
    expect(stand.kernel.directory.size).toBe(2)
  })

  test('refuse: the older stays', async () => {
    const { stand, older, newer } = await taken('refuse')
    await expect(newer).rejects.toMatchObject({ condition: 'conflict' })
    expect(older.end).toBeUndefined()
    expect(stand.kernel.directory.size).toBe(1)
  })
})

test('42. RFC 6120 §7.6.2.1: sessions of an account are bounded; replacing one is not one more', async () => {
  const stand = await Stand.open({ host: { maxSessionsPerAccount: 2 } })
  await stand.connect('juliet@example.com/a')
  const b = await stand.connect('juliet@example.com/b')
  await expect(stand.connect('juliet@example.com/c')).rejects.toMatchObject({ condition: 'resource-constraint' })
  await stand.connect('juliet@example.com/a')
  await stand.connect('romeo@example.net/c')
  b.session.closed()
  await stand.connect('juliet@example.com/c')
  expect(stand.kernel.counters.signedIn).toBe(5)
})

test('40. RFC 6120 §7.6: without a resource the server makes one up; one that is none is a bad-request', async () => {
  const stand = await Stand.open()
  const { session } = await stand.connect('juliet@example.com')
  expect(session.resource).toMatch(/^[\w-]{20,}$/)
  const host = stand.kernel.router.host('example.com')
  expect(host && stand.kernel.bind(host, juliet.bare, 'a\u0000', session.stream)).toMatchObject({
    condition: 'bad-request',
  })
})

test('43. RFC 6120 §8.1.2.1: whatever a client writes as from, presence and messages are its own', async () => {
  const stand = await Stand.open()
  const [client, romeo] = [await stand.connect(JULIET), await stand.connect(ROMEO)]
  await romeo.say('<presence/>')
  romeo.look()
  await client.say(`<presence from='romeo@example.net/evil' to='${ROMEO}'/>`)
  await client.say(`<message from='nurse@example.com' to='${ROMEO}'/>`)
  expect(romeo.look()).toEqual([
    `<presence from='${JULIET}' to='${ROMEO}'/>`,
    `<message from='${JULIET}' to='${ROMEO}'/>`,
  ])
})

test('47. RFC 6120 §10.3: a message without to is for the own account, an iq is answered in its name', async () => {
  const stand = await Stand.open()
  const client = await stand.connect(JULIET)
  await client.say('<presence/>')
  client.look()
  expect(await client.say(`<message id='1'/>`)).toEqual([`<message id='1' from='${JULIET}' to='juliet@example.com'/>`])
  const [answer] = await client.say(`<iq id='2' type='get'><query xmlns='jabber:iq:roster'/></iq>`)
  expect(answer).toContain(`<iq to='${JULIET}' id='2' type='result'><query xmlns='jabber:iq:roster'`)
})

test('14. RFC 6120 §4.8.4: what is no stanza ends the stream', async () => {
  const stand = await Stand.open()
  const client = await stand.connect(JULIET)
  await client.say('<query/>')
  expect((client.end as StreamError).condition).toBe('unsupported-stanza-type')
})

test('a session ends once: modules hear of it once, contacts too', async () => {
  const ended: string[] = []
  const module = defineServerModule({
    name: 'm',
    setup: (host) => [host.on('sessionClosed', (session) => void ended.push(session.resource))],
  })
  const stand = await Stand.open({ modules: [module] })
  const client = await stand.connect(JULIET)
  client.session.closed()
  client.session.closed()
  expect([ended, stand.kernel.directory.size]).toEqual([['balcony'], 0])
})

test('binding waits for the modules that want to know of it', async () => {
  const order: string[] = []
  const module = defineServerModule({
    name: 'm',
    setup: (host) => [
      host.on('sessionBound', async () => {
        await Promise.resolve()
        order.push('module')
      }),
    ],
  })
  const stand = await Stand.open({ modules: [module] })
  await stand.connect(JULIET).then(() => order.push('bound'))
  expect(order).toEqual(['module', 'bound'])
})

test('all sessions of an account can be ended, and no others', async () => {
  const stand = await Stand.open()
  const [a, b, romeo] = [
    await stand.connect('juliet@example.com/a'),
    await stand.connect('juliet@example.com/b'),
    await stand.connect(ROMEO),
  ]
  expect(stand.kernel.endSessions(juliet, new StreamError('reset'))).toBe(2)
  expect([a.end, b.end, romeo.end].map((end) => (end as StreamError | undefined)?.condition)).toEqual([
    'reset',
    'reset',
    undefined,
  ])
})

test('what is thrown where no module is to blame is logged, counted and answered', async () => {
  const storage = createMemoryStorage()
  const stand = await Stand.open({ storage })
  const client = await stand.connect(JULIET)
  stand.kernel.router.routeIn = () => {
    throw new Error('bug')
  }
  const [answer] = await client.say(`<message id='1' to='${ROMEO}'/>`)
  expect(answer).toContain('<internal-server-error ')
  expect(stand.log.errors).toMatchObject([{ fields: { error: new Error('bug'), kind: 'message', id: '1' } }])
  expect(stand.kernel.counters.internalErrors).toBe(1)
})

test('one domain knows nothing of another’s modules', async () => {
  const module = defineServerModule({
    name: 'm',
    setup: (host) =>
      host.domain === 'example.com'
        ? [host.iq.get('urn:example:q', 'q', () => undefined, { target: 'any', access: 'anyone' })]
        : [],
  })
  const stand = await Stand.open({ modules: [module] })
  const client = await stand.connect(JULIET)
  const [ours] = await client.say(`<iq id='1' type='get' to='example.com'><q xmlns='urn:example:q'/></iq>`)
  const [theirs] = await client.say(`<iq id='1' type='get' to='example.net'><q xmlns='urn:example:q'/></iq>`)
  expect([ours?.includes(`type='result'`), theirs?.includes('service-unavailable')]).toEqual([true, true])
})

test('RFC 6120 §13.11: the secret from which salts of unknown users come stays the same for a database', async () => {
  const storage = createMemoryStorage()
  await Stand.open({ storage })
  const first = await storage.get('secrets', 'example.com', 'sasl')
  await Stand.open({ storage, accounts: [] })
  expect(first).toHaveLength(32)
  expect(await storage.get('secrets', 'example.com', 'sasl')).toEqual(first)
  expect(await storage.get('secrets', 'example.net', 'sasl')).not.toEqual(first)
})
