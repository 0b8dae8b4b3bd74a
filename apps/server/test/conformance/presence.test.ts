import { describe, expect, test } from 'vitest'
import { builtInModules } from '../../src/modules.ts'
import { FEEDINGS } from './dialogues.ts'
import { friends, listener, Stage, type StageOptions, settled } from './stage.ts'

const JULIET = 'juliet@example.com/balcony'
const CHAMBER = 'juliet@example.com/chamber'
const ROMEO = 'romeo@example.net/orchard'
const SQUARE = 'mercutio@example.net/square'
const AWAY = '<presence><show>away</show></presence>'

describe.each(FEEDINGS)('presence, %s:', (_, chunkBytes) => {
  const open = (signal: AbortSignal, options: StageOptions = {}) => Stage.open(signal, { chunkBytes, ...options })

  test('57. RFC 6121 §4.2.2, §4.2.3: initial presence reaches subscribers and all own resources, itself too; contacts answer with theirs', async ({
    signal,
  }) => {
    await using stage = await open(signal)
    const { juliet, romeo } = await friends(stage, AWAY)
    const mercutio = await stage.online(SQUARE)
    const chamber = await stage.signIn(CHAMBER)
    chamber.send(`<presence id='p1'><priority>5</priority><status>here</status></presence>`)
    const content = '<priority>5</priority><status>here</status>'
    await romeo.hears(`<presence id="p1" from="${CHAMBER}" to="romeo@example.net">${content}</presence>`)
    await juliet.hears(`<presence id="p1" from="${CHAMBER}" to="juliet@example.com">${content}</presence>`)
    await chamber.hears(`<presence id="p1" from="${CHAMBER}" to="juliet@example.com">${content}</presence>
      <presence from="${JULIET}" to="${CHAMBER}"><show>away</show></presence>
      <presence from="${ROMEO}" to="${CHAMBER}"/>`)
    await mercutio.hearsNothing()
    await romeo.hearsNothing()
  })

  test('57. RFC 6121 §4.4.2: later presence goes the same way, without probes', async ({ signal }) => {
    await using stage = await open(signal)
    const { juliet, romeo } = await friends(stage)
    juliet.send(AWAY)
    await juliet.hears(`<presence from="${JULIET}" to="juliet@example.com"><show>away</show></presence>`)
    await romeo.hears(`<presence from="${JULIET}" to="romeo@example.net"><show>away</show></presence>`)
    await juliet.hearsNothing()
  })

  test('57. RFC 6121 §4.2.3: presence reaches all available resources of a contact, and no others', async ({
    signal,
  }) => {
    await using stage = await open(signal)
    const { juliet, romeo } = await friends(stage)
    const negative = await stage.online('romeo@example.net/negative', '<presence><priority>-1</priority></presence>')
    const silent = await stage.signIn('romeo@example.net/silent')
    await juliet.forget()
    await romeo.forget()
    juliet.send(AWAY)
    for (const actor of [romeo, negative])
      await actor.hears(`<presence from="${JULIET}" to="romeo@example.net"><show>away</show></presence>`)
    await silent.hearsNothing()
  })

  test('58. RFC 6121 §4.3.2: a probe of somebody without authorization is answered with "unsubscribed", from the bare JID, whether there is such an account or not', async ({
    signal,
  }) => {
    const { module, left } = listener()
    await using stage = await open(signal, { modules: [...builtInModules, module] })
    const mercutio = await stage.online(SQUARE)
    await stage.online(JULIET)
    for (const to of ['juliet@example.com', 'nobody@example.com', JULIET, 'juliet@example.com/gone']) {
      left.length = 0
      mercutio.send(`<presence id='p' type='probe' to='${to}'/>`)
      // RFC 6121 §A.3.4: it changes nothing at the own server, which does not deliver it.
      await mercutio.hearsNothing()
      expect(left).toEqual([
        `probe p ${SQUARE} → ${to}`,
        expect.stringMatching(`^unsubscribed p ${to.replace(/[/].*/, '')} → mercutio@example.net`),
      ])
    }
  })

  test('58. RFC 6121 §4.3.2: a probe of a subscriber is answered with the last presence of each resource, whole', async ({
    signal,
  }) => {
    await using stage = await open(signal)
    const { juliet, romeo } = await friends(
      stage,
      `<presence id='j1'><show>away</show><x xmlns='urn:example:x'/></presence>`,
    )
    await stage.online(CHAMBER, '<presence><priority>-1</priority></presence>')
    await romeo.forget()
    romeo.send(`<presence id='p' type='probe' to='juliet@example.com'/>`)
    // The answer to somebody of the same server goes to the resource that asked.
    await romeo.hears(`<presence id="j1" from="${JULIET}" to="${ROMEO}"><show>away</show><x xmlns="urn:example:x"/></presence>
      <presence from="${CHAMBER}" to="${ROMEO}"><priority>-1</priority></presence>`)
    await juliet.forget()
    romeo.send(`<presence id='p' type='probe' to='${CHAMBER}'/>`)
    await romeo.hears(`<presence from="${CHAMBER}" to="${ROMEO}"/>`)
    await romeo.hearsNothing()
  })

  test('58. RFC 6121 §4.3.2: where there is no resource the answer is unavailable, with the time of leaving', async ({
    signal,
  }) => {
    await using stage = await open(signal)
    const { juliet, romeo } = await friends(stage)
    juliet.send(`<presence type='unavailable'/>`)
    await romeo.hears(`<presence type="unavailable" from="${JULIET}" to="romeo@example.net"/>`)
    stage.environment.advance(60_000)
    romeo.send(`<presence id='p' type='probe' to='juliet@example.com'/>`)
    await romeo.hears(
      `<presence id="p" type="unavailable" from="juliet@example.com" to="${ROMEO}"><delay xmlns="urn:xmpp:delay" from="juliet@example.com" stamp="2026-01-01T00:00:00.000Z"/></presence>`,
    )
  })

  test.for([
    ['</stream:stream>', (end: { send(xml: string): void }) => end.send('</stream:stream>')],
    ['an end without a word', (_: unknown, connection: { destroy(): void }) => connection.destroy()],
    ['bad XML', (end: { send(xml: string): void }) => end.send('<message></presence>')],
  ] as const)('59. RFC 6121 §4.5.2: after %s the server says unavailable', async ([, leave], { signal }) => {
    await using stage = await open(signal)
    const { juliet, romeo } = await friends(stage)
    leave(juliet, juliet.connection)
    await romeo.hears(`<presence type="unavailable" from="${JULIET}" to="romeo@example.net"/>`)
    await romeo.hearsNothing()
  })

  test('59. RFC 6121 §4.5.2: unavailable presence goes out whole, also to the resource that sent it, and once only', async ({
    signal,
  }) => {
    await using stage = await open(signal)
    const { juliet, romeo } = await friends(stage)
    const chamber = await stage.online(CHAMBER)
    await juliet.forget()
    await romeo.forget()
    juliet.send(`<presence type='unavailable'><status>night</status></presence>`)
    const gone = (to: string) =>
      `<presence type="unavailable" from="${JULIET}" to="${to}"><status>night</status></presence>`
    await juliet.hears(gone('juliet@example.com'))
    await chamber.hears(gone('juliet@example.com'))
    await romeo.hears(gone('romeo@example.net'))
    juliet.send('</stream:stream>')
    await juliet.peer.expectUntil('</stream:stream>')
    await romeo.hearsNothing()
    await chamber.hearsNothing()
  })

  test('59. RFC 6121 §4.6.3: who got directed presence gets the end of it, and no broadcast', async ({ signal }) => {
    await using stage = await open(signal)
    const { juliet, romeo } = await friends(stage)
    const mercutio = await stage.online(SQUARE)
    juliet.send(`<presence to='${SQUARE}'><status>for you</status></presence>`)
    await mercutio.hears(`<presence from="${JULIET}" to="${SQUARE}"><status>for you</status></presence>`)
    juliet.send(AWAY)
    await romeo.hears(`<presence from="${JULIET}" to="romeo@example.net"><show>away</show></presence>`)
    await mercutio.hearsNothing()
    juliet.connection.destroy()
    await mercutio.hears(`<presence type="unavailable" from="${JULIET}" to="${SQUARE}"/>`)
  })

  test('59. RFC 6121 §4.6.3: directed unavailable presence ends it: nothing more comes', async ({ signal }) => {
    await using stage = await open(signal)
    const { juliet } = await friends(stage)
    const mercutio = await stage.online(SQUARE)
    juliet.send(`<presence to='${SQUARE}'/><presence type='unavailable' to='${SQUARE}'/>`)
    await mercutio.hears(
      `<presence from="${JULIET}" to="${SQUARE}"/><presence type="unavailable" from="${JULIET}" to="${SQUARE}"/>`,
    )
    juliet.send(`<presence type='unavailable'/>`)
    await juliet.forget()
    await mercutio.hearsNothing()
  })

  test('59. RFC 6121 §4.6.3: directed presence needs no presence of one’s own, and ends with the stream', async ({
    signal,
  }) => {
    await using stage = await open(signal)
    const juliet = await stage.signIn(JULIET)
    const mercutio = await stage.online(SQUARE)
    juliet.send(`<presence to='mercutio@example.net'/>`)
    await mercutio.hears(`<presence from="${JULIET}" to="mercutio@example.net"/>`)
    juliet.send('</stream:stream>')
    await mercutio.hears(`<presence type="unavailable" from="${JULIET}" to="mercutio@example.net"/>`)
    await settled()
    expect(stage.kernel.directory.size).toBe(1)
  })
})
