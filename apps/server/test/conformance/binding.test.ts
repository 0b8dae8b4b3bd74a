import { describe, expect, test } from 'vitest'
import { AUTHENTICATED, FEEDINGS, fault } from './dialogues.ts'
import { Stage, type StageOptions, settled } from './stage.ts'

const bind = (resource?: string, id = 'b') =>
  `C: <iq type='set' id='${id}'><bind xmlns='{bind}'>${resource === undefined ? '' : `<resource>${resource}</resource>`}</bind></iq>`
const bound = (jid: string, id = 'b') =>
  `S: <iq type="result" id="${id}"><bind xmlns="{bind}"><jid>${jid}</jid></bind></iq>`
const refused = (type: string, condition: string, text = '') =>
  `S: <iq type="error" id="b"><error type="${type}"><${condition} xmlns="{stanzas}"/>${text && `<text xmlns="{stanzas}">${text}</text>`}</error></iq>`

describe.each(FEEDINGS)('resource binding, %s:', (_, chunkBytes) => {
  const open = (signal: AbortSignal, options: StageOptions = {}) =>
    Stage.open(signal, { accounts: ['juliet@example.com'], modules: [], chunkBytes, ...options })

  test('39. RFC 6120 §7.4: <bind/> is offered after SASL, always and only', async ({ signal }) => {
    await using stage = await open(signal)
    await stage.play(AUTHENTICATED)
    // The whole dialogue is compared: <bind/> stands in these features, and in no earlier ones.
  })

  test('39. RFC 6120 §7.3.2: the stream goes on after binding; no new one begins', async ({ signal }) => {
    await using stage = await open(signal)
    await stage.play(`${AUTHENTICATED}
      ${bind('balcony')}
      ${bound('juliet@example.com/balcony')}
      C: <presence/>
      S: <presence from="juliet@example.com/balcony" to="juliet@example.com"/>`)
  })

  test('40. RFC 6120 §7.6: the server makes up a resource that nobody can guess', async ({ signal }) => {
    await using stage = await open(signal)
    const resources = new Set<string>()
    for (const asked of [undefined, '', undefined]) {
      const names = await stage.play(`${AUTHENTICATED}\n${bind(asked)}\n${bound('juliet@example.com/{resource}')}`)
      resources.add(names.get('resource') ?? '')
    }
    expect(resources.size).toBe(3)
    for (const resource of resources) expect(resource.length).toBeGreaterThanOrEqual(20)
  })

  test('40. RFC 6120 §7.7.1: the resource asked for is taken, as it is prepared', async ({ signal }) => {
    await using stage = await open(signal)
    await stage.play(`${AUTHENTICATED}\n${bind('Balcony 2')}\n${bound('juliet@example.com/Balcony 2')}`)
  })

  test('41. RFC 6120 §7.7.2.2: "replace": the newer session takes the resource, the older one ends with conflict', async ({
    signal,
  }) => {
    await using stage = await open(signal)
    const older = await stage.online('juliet@example.com/balcony')
    const newer = await stage.signIn('juliet@example.com/balcony')
    await older.hears(
      `<stream:error><conflict xmlns="urn:ietf:params:xml:ns:xmpp-streams"/><text xmlns="urn:ietf:params:xml:ns:xmpp-streams">*</text></stream:error></stream:stream>`,
    )
    older.send('</stream:stream>')
    await older.peer.expectClosed()
    await newer.hearsNothing()
    expect(stage.kernel.directory.size).toBe(1)
  })

  test('41. RFC 6120 §7.7.2.2: "refuse": the newer client gets conflict, and may ask for another', async ({
    signal,
  }) => {
    await using stage = await open(signal, { host: { resourceConflict: 'refuse' } })
    const older = await stage.online('juliet@example.com/balcony')
    await stage.play(`${AUTHENTICATED}
      ${bind('balcony')}
      ${refused('cancel', 'conflict')}
      ${bind('chamber', 'b2')}
      ${bound('juliet@example.com/chamber', 'b2')}`)
    await older.hearsNothing()
  })

  test('41. RFC 6120 §7.7.2.2: "rename": the newer client gets another resource', async ({ signal }) => {
    await using stage = await open(signal, { host: { resourceConflict: 'rename' } })
    const older = await stage.online('juliet@example.com/balcony')
    const newer = await stage.play(`${AUTHENTICATED}\n${bind('balcony')}\n${bound('juliet@example.com/{resource}')}`)
    expect(newer.get('resource')).not.toBe('balcony')
    await older.hearsNothing()
  })

  test('22, 42. RFC 6120 §7.6.2.1, §13.12: one session too many is resource-constraint; there is room when one has gone', async ({
    signal,
  }) => {
    await using stage = await open(signal, { host: { maxSessionsPerAccount: 2 } })
    const first = await stage.online('juliet@example.com/a')
    await stage.online('juliet@example.com/b')
    await stage.play(`${AUTHENTICATED}\n${bind('c')}\n${refused('wait', 'resource-constraint')}`)
    first.send('</stream:stream>')
    await first.peer.expectUntil('</stream:stream>')
    await settled()
    await stage.play(`${AUTHENTICATED}\n${bind('c')}\n${bound('juliet@example.com/c')}`)
  })

  test('42. RFC 6120 §7.7.2.1, §7.7.3: a resource that is none is bad-request; five of them are policy-violation', async ({
    signal,
  }) => {
    await using stage = await open(signal)
    const again = `${bind('a'.repeat(1024))}\n${refused('modify', 'bad-request', '*')}\n`
    await stage.play(`${AUTHENTICATED}\n${again}${bind('balcony')}\n${bound('juliet@example.com/balcony')}`)
    await stage.play(`${AUTHENTICATED}\n${again.repeat(5)}${fault('policy-violation', '*')}`)
  })
})
