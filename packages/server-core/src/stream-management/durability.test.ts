import { readStanza } from '@parlour/stanza'
import type { Storage } from '@parlour/storage'
import { parseXml } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { defineServerModule } from '../module.ts'
import { settled } from '../presence/scene.fixture.ts'
import { QUEUE_ARCHIVE, SESSION_STORE } from './session-record.ts'
import { chat, JULIET, openManaged, ROMEO } from './stream-management.fixture.ts'

/** Keeps what comes for who is away, with when it was delivered in vain. */
const kept = defineServerModule({
  name: 'kept',
  setup: (host) => [
    host.on('offline', (event) => {
      event.store([
        host.archive.append('messages', event.account.toString(), {
          id: event.stanza.id ?? '',
          at: event.former?.at ?? null,
        }),
      ])
      return 'handled'
    }),
  ],
}) as never

async function scene(options: Parameters<typeof openManaged>[0] = {}) {
  const opened = await openManaged({ modules: [kept], ...options })
  const romeo = await opened.connect(ROMEO)
  const juliet = await opened.connect(JULIET)
  await juliet.enable()
  return { scene: opened, romeo, juliet }
}

const offline = async (storage: Storage) =>
  (await storage.readArchive('kept/messages', 'juliet@example.com', { max: 100 })).entries.map(({ value }) => value)
const queued = (storage: Storage) => storage.countArchive(QUEUE_ARCHIVE, 'juliet@example.com')

describe('XEP-0198 §4: "Before the session state is discarded, implementations SHOULD take alternative action"', () => {
  test('messages are kept for later, with the time at which they were delivered in vain', async () => {
    const { scene: opened, romeo, juliet } = await scene()
    const at = opened.environment.now()
    await romeo.say(chat('1'))
    await romeo.say(chat('2', 'juliet@example.com'))
    await juliet.nonza("<a h='1'/>")
    await juliet.cut()
    await opened.pass(5_000)
    await romeo.say(chat('3'))
    await opened.pass(600_000)
    expect(await offline(opened.storage)).toEqual([
      { id: '2', at },
      { id: '3', at: at + 5_000 },
    ])
    expect(await queued(opened.storage)).toBe(0)
    expect(await opened.storage.list(SESSION_STORE, 'juliet@example.com')).toEqual(new Map())
  })

  test('"delivery to an alternate resource", with the delay', async () => {
    const { scene: opened, romeo, juliet } = await scene()
    await romeo.say(chat('1'))
    const other = await opened.connect('juliet@example.com/other')
    juliet.session.closed('closed', juliet.guest)
    await settled()
    const [text] = other.guest.look().filter((each) => each.startsWith('<message'))
    expect(text).toContain(`<delay xmlns='urn:xmpp:delay' from='example.com' stamp='2026-01-01T00:00:00.000Z'/>`)
    expect(await offline(opened.storage)).toEqual([])
  })

  test('each at most once to a device: what another session has got too goes nowhere', async () => {
    const { scene: opened, romeo, juliet } = await scene()
    const other = await opened.connect('juliet@example.com/other')
    await other.enable()
    await romeo.say("<message id='1' type='headline' to='juliet@example.com'><body>1</body></message>")
    expect([juliet.hear().length, other.hear().filter((each) => each === 'message 1')]).toEqual([2, ['message 1']])
    juliet.session.closed('closed', juliet.guest)
    await settled()
    expect(other.hear().filter((each) => each.startsWith('message'))).toEqual([])
    expect(await offline(opened.storage)).toEqual([])
    expect(await queued(opened.storage)).toBe(1)
  })

  test('requests of others are answered with an error, once', async () => {
    const { scene: opened, romeo, juliet } = await scene()
    await juliet.say(`<presence to='${ROMEO}'/>`)
    await romeo.say(`<iq type='get' id='q' to='${JULIET}'><q xmlns='urn:example:q'/></iq>`)
    await juliet.cut()
    romeo.hear()
    await opened.pass(600_000)
    expect(romeo.hear()).toEqual(['presence ', 'iq error q'])
  })

  test('a client that acknowledges nothing is ended at the bound, and nothing is lost', async () => {
    const { scene: opened, romeo, juliet } = await scene({ streamManagement: { maxUnacknowledgedStanzas: 5 } })
    for (let n = 1; n <= 8; n++) await romeo.say(chat(String(n), 'juliet@example.com'))
    expect(juliet.guest.end).toMatchObject({ condition: 'resource-constraint' })
    expect((await offline(opened.storage)).map((entry) => (entry as { id: string }).id).sort()).toEqual([
      '1',
      '2',
      '3',
      '4',
      '5',
      '6',
      '7',
      '8',
    ])
  })
})

describe('after a crash', () => {
  test('a session is resumed: h is what it was, and what was not acknowledged is sent again', async () => {
    const { scene: before, romeo, juliet } = await scene()
    await juliet.say("<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>")
    juliet.hear()
    for (const id of ['1', '2', '3']) await romeo.say(chat(id))
    await juliet.nonza("<a h='2'/>")
    await juliet.say(chat('a', ROMEO))
    expect(await juliet.nonza('<r/>')).toMatchObject([expect.stringContaining("h='2'")])

    const after = await before.restart({ modules: [kept] })
    const again = await after.connect(ROMEO)
    await again.say(chat('4'))
    expect(again.hear()).toEqual([])
    const [session] = after.stand.kernel.directory.sessions('juliet@example.com')
    expect([session?.available, session?.isInterested]).toEqual([true, true])
    const returned = juliet.in(after)
    expect(await returned.resume(3)).toContain("h='2'")
    expect(returned.hear().filter((each) => each.startsWith('message'))).toEqual(['message 3', 'message 4'])
  })

  test('what it has counted beyond what was stored is taken as its count, and places go on from there', async () => {
    const { scene: before, romeo, juliet } = await scene()
    await romeo.say(chat('1'))
    await romeo.say(chat('2'))
    const after = await before.restart({ modules: [kept] })
    const again = await after.connect(ROMEO)
    await again.say(chat('3'))
    const returned = juliet.in(after)
    expect(await returned.resume(9)).toContain('<resumed ')
    expect(returned.hear().filter((each) => each.startsWith('message'))).toEqual(['message 3'])
    const third = await after.restart({ modules: [kept] })
    const last = juliet.in(third)
    expect(await last.resume(9)).toContain('<resumed ')
    expect(last.hear().filter((each) => each.startsWith('message'))).toEqual(['message 3'])
  })

  test('time goes on meanwhile; then its messages are kept for later', async () => {
    const { scene: before, romeo, juliet } = await scene()
    const at = before.environment.now()
    await romeo.say(chat('1'))
    await juliet.cut()
    await before.pass(400_000)
    const after = await before.restart({ modules: [kept] })
    await after.pass(199_000)
    expect(after.stand.kernel.streamManagement.counts.detached).toBe(1)
    await after.pass(1_000)
    expect(await offline(after.storage)).toEqual([{ id: '1', at }])
    expect(await queued(after.storage)).toBe(0)
  })

  test('a session that was not to be resumed is over: what it had not acknowledged is kept for later', async () => {
    const opened = await openManaged({ modules: [kept] })
    const romeo = await opened.connect(ROMEO)
    const juliet = await opened.connect(JULIET)
    await juliet.enable('')
    await romeo.say(chat('1'))
    const after = await opened.restart({ modules: [kept] })
    await settled()
    expect(await offline(after.storage)).toMatchObject([{ id: '1' }])
    expect(after.stand.kernel.directory.size).toBe(0)
  })

  test('what was acknowledged is not counted anew: no h is told that a crash could take back', async () => {
    const { scene: before, juliet } = await scene()
    await juliet.say('<presence><show>away</show></presence>')
    juliet.hear()
    expect(await juliet.nonza('<r/>')).toMatchObject([expect.stringContaining("h='1'")])
    const after = await before.restart({ modules: [kept] })
    const returned = juliet.in(after)
    expect(await returned.resume(1)).toContain("h='1'")
  })

  test('of an account that was removed nothing is brought back', async () => {
    const { scene: before, romeo, juliet } = await scene()
    await romeo.say(chat('1'))
    await before.stand.kernel.accounts.remove(juliet.session.jid.bare)
    await before.pass(0)
    const after = await before.restart({ modules: [kept] })
    expect(after.stand.kernel.directory.size).toBe(0)
    expect(await queued(after.storage)).toBe(0)
  })

  test('an orderly stop keeps the sessions that can be resumed', async () => {
    const { scene: before, romeo, juliet } = await scene()
    await romeo.say(chat('1'))
    const stopping = before.stand.kernel.stop()
    juliet.session.closed('error', juliet.guest)
    await stopping
    const after = await before.restart({ modules: [kept] })
    expect(after.stand.kernel.streamManagement.counts).toMatchObject({ sessions: 1, detached: 1 })
    expect(await offline(after.storage)).toEqual([])
  })
})

test('while the storage fails nothing is acknowledged, and later it is', async () => {
  const { scene: opened, juliet } = await scene()
  const { storage } = opened
  const { commit } = storage
  storage.commit = () => Promise.reject(new Error('away'))
  await juliet.say('<presence><show>away</show></presence>')
  juliet.hear()
  expect(await juliet.nonza('<r/>')).toEqual([])
  storage.commit = commit
  const heard = await juliet.say('<presence><show>dnd</show></presence>')
  expect(heard.filter((each) => each.startsWith('<a'))).toMatchObject([expect.stringContaining("h='2'")])
})

test('who takes the place of a session waits until what that one had not acknowledged has its place', async () => {
  const { scene: opened, romeo, juliet } = await scene()
  const ids = Array.from({ length: 90 }, (_, n) => String(n))
  for (const id of ids) await romeo.say(chat(id, 'juliet@example.com'))
  await juliet.cut()
  let isBound = false
  const binding = opened.connect(JULIET).then(() => {
    isBound = true
  })
  await settled()
  expect(isBound).toBe(false)
  await romeo.say(chat('last', 'juliet@example.com'))
  while (!isBound) await opened.pass(1)
  await binding
  const found = (await offline(opened.storage)) as { id: string }[]
  expect(found.map(({ id }) => id).filter((id) => id !== 'last')).toEqual(ids)
})

test('what a module hands over to a session leaves its store as it enters the queue, and stays where there is none', async () => {
  const handedOver: boolean[] = []
  const keeper = defineServerModule({
    name: 'keeper',
    setup: (host) => [
      host.on('sessionAvailable', (session) => {
        const text = `<message xmlns='jabber:client' from='${ROMEO}' to='${JULIET}' id='kept'/>`
        const removal = host.store('letters').write('juliet@example.com', undefined)
        handedOver.push(host.handOver(readStanza(parseXml(text)), session, [removal]))
      }),
    ],
  }) as never
  const opened = await openManaged({ modules: [keeper] })
  const letters = () => opened.storage.get('keeper/letters', 'juliet@example.com', '')
  await opened.storage.commit([
    { type: 'put', store: 'keeper/letters', owner: 'juliet@example.com', key: '', value: 'a letter' },
  ])
  await opened.connect(JULIET)
  expect([handedOver, await letters(), await queued(opened.storage)]).toEqual([[false], 'a letter', 0])
  const other = await opened.connect('juliet@example.com/other', '')
  await other.enable()
  other.hear()
  const arriving = other.say('<presence/>')
  // Not before it is stored: after a crash the store would hand it over again.
  expect(other.hear()).not.toContain('message kept')
  expect((await arriving).join()).toContain("id='kept'")
  expect([handedOver, await letters(), await queued(opened.storage)]).toEqual([[false, true], undefined, 1])
})

test('what a module hands over to a session that has ended at its bound stays in the store of the module', async () => {
  const handedOver: boolean[] = []
  const keeper = defineServerModule({
    name: 'keeper',
    setup: (host) => [
      host.on('sessionAvailable', (session) => {
        for (const id of ['1', '2', '3']) {
          const text = `<message xmlns='jabber:client' from='${ROMEO}' to='${JULIET}' id='${id}' type='chat'/>`
          handedOver.push(host.handOver(readStanza(parseXml(text)), session, []))
        }
      }),
    ],
  }) as never
  const opened = await openManaged({ modules: [keeper, kept], streamManagement: { maxUnacknowledgedStanzas: 1 } })
  const juliet = await opened.connect(JULIET, '')
  await juliet.enable()
  await juliet.say('<presence/>')
  expect(juliet.guest.end).toMatchObject({ condition: 'resource-constraint' })
  expect([handedOver, await offline(opened.storage), await queued(opened.storage)]).toEqual([
    [true, false, false],
    [{ id: '1', at: opened.environment.now() }],
    0,
  ])
})
