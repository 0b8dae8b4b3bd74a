import { describe, expect, test } from 'vitest'
import { builtInModules } from '../../src/modules.ts'
import { FEEDINGS } from './dialogues.ts'
import { type Actor, friends, listener, push, Stage, type StageOptions, settled } from './stage.ts'

const JULIET = 'juliet@example.com/balcony'
const ROMEO = 'romeo@example.net/orchard'
const OF_ROMEO = (state: string) => `<item jid="romeo@example.net" ${state}/>`
const OF_JULIET = (state: string) => `<item jid="juliet@example.com" ${state}/>`
const BOTH = 'subscription="both"'

/** What the roster of somebody holds, as a client sees it. */
async function rosterOf(actor: Actor, ...items: string[]): Promise<void> {
  actor.send(`<iq type='get' id='look'><query xmlns='jabber:iq:roster'/></iq>`)
  await actor.hears(
    `<iq type="result" id="look" to="${actor.jid}"><query xmlns="jabber:iq:roster" ver="*">${items.join('')}</query></iq>`,
  )
}

describe.each(FEEDINGS)('subscriptions, %s:', (_, chunkBytes) => {
  const open = (signal: AbortSignal, options: StageOptions = {}) => Stage.open(signal, { chunkBytes, ...options })

  test('54, 55, 56. RFC 6121 §3.1, §3.1.2, §3.1.3, §3.1.5, §3.1.6: asking, approving, and the same the other way, end with "both" on both sides', async ({
    signal,
  }) => {
    await using stage = await open(signal)
    const juliet = await stage.online(JULIET)
    const romeo = await stage.online(ROMEO, `<presence><show>away</show></presence>`)
    juliet.send(`<presence id='s1' type='subscribe' to='${ROMEO}'><status>please</status></presence>`)
    await juliet.hears(push(JULIET, OF_ROMEO('subscription="none" ask="subscribe"')))
    await romeo.hears(
      `<presence id="s1" type="subscribe" from="juliet@example.com" to="romeo@example.net"><status>please</status></presence>`,
    )
    await juliet.hearsNothing()
    await rosterOf(romeo)
    romeo.send(`<presence type='subscribed' to='${JULIET}'/>`)
    await romeo.hears(push(ROMEO, OF_JULIET('subscription="from"')))
    await juliet.hears(`<presence type="subscribed" from="romeo@example.net" to="juliet@example.com"/>
      ${push(JULIET, OF_ROMEO('subscription="to"'))}
      <presence from="${ROMEO}" to="juliet@example.com"><show>away</show></presence>`)
    romeo.send(`<presence type='subscribe' to='juliet@example.com'/>`)
    await romeo.hears(push(ROMEO, OF_JULIET('subscription="from" ask="subscribe"')))
    await juliet.hears(`<presence type="subscribe" from="romeo@example.net" to="juliet@example.com"/>`)
    juliet.send(`<presence type='subscribed' to='romeo@example.net'/>`)
    await juliet.hears(push(JULIET, OF_ROMEO(BOTH)))
    await romeo.hears(`<presence type="subscribed" from="juliet@example.com" to="romeo@example.net"/>
      ${push(ROMEO, OF_JULIET(BOTH))}
      <presence from="${JULIET}" to="romeo@example.net"/>`)
    await juliet.hearsNothing()
    await romeo.hearsNothing()
  })

  test('54. RFC 6121 §3.1.2: a request that cannot be routed comes back as an error', async ({ signal }) => {
    await using stage = await open(signal)
    const juliet = await stage.online(JULIET)
    juliet.send(`<presence id='s1' type='subscribe' to='romeo@example.org'/>`)
    await juliet.peer.expectUntil(
      `<presence id="s1" type="error" from="romeo@example.org" to="*"><error type="cancel"><remote-server-not-found xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/>`,
    )
  })

  test('55. RFC 6121 §3.1.3: nobody is approved by the server; who is a subscriber already gets "subscribed" at once', async ({
    signal,
  }) => {
    const { module, left } = listener()
    await using stage = await open(signal, { modules: [...builtInModules, module] })
    const { juliet, romeo } = await friends(stage)
    left.length = 0
    juliet.send(`<presence id='s2' type='subscribe' to='romeo@example.net'/>`)
    await juliet.peer.expectUntil(`<presence from="${ROMEO}" to="juliet@example.com"/>`)
    await romeo.hearsNothing()
    await juliet.forget()
    await rosterOf(juliet, OF_ROMEO(BOTH))
    expect(left).toEqual([
      'subscribe s2 juliet@example.com → romeo@example.net',
      'subscribed s2 romeo@example.net → juliet@example.com',
      `available - ${ROMEO} → juliet@example.com`,
    ])
  })

  test('55. RFC 6121 §3.1.3: a request for somebody who is away is kept whole, once, and shown to each resource that comes until it is answered', async ({
    signal,
  }) => {
    await using stage = await open(signal)
    const juliet = await stage.online(JULIET)
    juliet.send(
      `<presence id='s1' type='subscribe' to='romeo@example.net'><nick xmlns='http://jabber.org/protocol/nick'>Jule</nick></presence>`,
    )
    juliet.send(
      `<presence id='s1' type='subscribe' to='romeo@example.net'><nick xmlns='http://jabber.org/protocol/nick'>Jule</nick></presence>`,
    )
    await juliet.forget()
    const request = `<presence id="s1" type="subscribe" from="juliet@example.com" to="romeo@example.net"><nick xmlns="http://jabber.org/protocol/nick">Jule</nick></presence>`
    const romeo = await stage.signIn(ROMEO)
    await rosterOf(romeo)
    romeo.send('<presence/>')
    await romeo.hears(`<presence from="${ROMEO}" to="romeo@example.net"/>${request}`)
    await romeo.hearsNothing()
    const second = await stage.signIn('romeo@example.net/square')
    second.send('<presence/>')
    await second.peer.expectUntil(request)
    await second.hearsNothing()
    romeo.send(`<presence type='unsubscribed' to='juliet@example.com'/>`)
    await juliet.peer.expectUntil(`<presence type="unsubscribed" from="romeo@example.net" to="juliet@example.com"/>`)
    await juliet.peer.expectUntil(push(JULIET, OF_ROMEO('subscription="none"')))
    const third = await stage.signIn('romeo@example.net/third')
    third.send('<presence/>')
    await settled()
    await third.forget()
    expect(third.peer.heard).not.toContain('subscribe')
  })

  test('55. RFC 6121 §3.1.3: a kept request survives a restart of the server', async ({ signal }) => {
    await using before = await open(signal)
    const juliet = await before.online(JULIET)
    juliet.send(`<presence id='s1' type='subscribe' to='romeo@example.net'/>`)
    await juliet.forget()
    await using after = await open(signal, { storage: before.storage, accounts: [] })
    const romeo = await after.signIn(ROMEO)
    romeo.send('<presence/>')
    await romeo.peer.expectUntil(
      `<presence id="s1" type="subscribe" from="juliet@example.com" to="romeo@example.net"/>`,
    )
  })

  test('56. RFC 6121 §3.4.2, §A.2.2: a pre-approval is pushed but not sent, and answers the request when it comes', async ({
    signal,
  }) => {
    await using stage = await open(signal)
    const juliet = await stage.online(JULIET)
    const romeo = await stage.online(ROMEO)
    romeo.send(`<presence type='subscribed' to='juliet@example.com'/>`)
    await romeo.hears(push(ROMEO, OF_JULIET('subscription="none" approved="true"')))
    await juliet.hearsNothing()
    juliet.send(`<presence id='s1' type='subscribe' to='romeo@example.net'/>`)
    await juliet.hears(`${push(JULIET, OF_ROMEO('subscription="none" ask="subscribe"'))}
      <presence id="s1" type="subscribed" from="romeo@example.net" to="juliet@example.com"/>
      ${push(JULIET, OF_ROMEO('subscription="to"'))}
      <presence from="${ROMEO}" to="juliet@example.com"/>`)
    await romeo.peer.expect(`<iq type="set" id="*" to="${ROMEO}"><query xmlns="jabber:iq:roster" ver="*">`)
    await romeo.forget()
    expect(romeo.peer.heard).not.toContain(`type='subscribe'`)
  })

  test('56. RFC 6121 §3.4.2: a pre-approval is taken back by "unsubscribed", of which the contact hears nothing', async ({
    signal,
  }) => {
    await using stage = await open(signal)
    const juliet = await stage.online(JULIET)
    const romeo = await stage.online(ROMEO)
    romeo.send(
      `<presence type='subscribed' to='juliet@example.com'/><presence type='unsubscribed' to='juliet@example.com'/>`,
    )
    await romeo.hears(
      push(ROMEO, OF_JULIET('subscription="none" approved="true"')) + push(ROMEO, OF_JULIET('subscription="none"')),
    )
    await juliet.hearsNothing()
  })

  test('56. RFC 6121 §3.2: cancelling: the contact sees the user leave, hears "unsubscribed", and keeps its own half', async ({
    signal,
  }) => {
    await using stage = await open(signal)
    const { juliet, romeo } = await friends(stage)
    juliet.send(`<presence id='c' type='unsubscribed' to='${ROMEO}'/>`)
    await juliet.hears(push(JULIET, OF_ROMEO('subscription="to"')))
    await romeo.hears(`<presence type="unavailable" from="${JULIET}" to="romeo@example.net"/>
      <presence id="c" type="unsubscribed" from="juliet@example.com" to="romeo@example.net"/>
      ${push(ROMEO, OF_JULIET('subscription="from"'))}`)
    juliet.send(`<presence><show>away</show></presence>`)
    await juliet.forget()
    await romeo.hearsNothing()
    romeo.send(`<presence><show>dnd</show></presence>`)
    await juliet.hears(`<presence from="${ROMEO}" to="juliet@example.com"><show>dnd</show></presence>`)
  })

  test('56. RFC 6121 §3.3: unsubscribing: the contact hears it, and the user sees the contact leave', async ({
    signal,
  }) => {
    await using stage = await open(signal)
    const { juliet, romeo } = await friends(stage)
    juliet.send(`<presence id='u' type='unsubscribe' to='romeo@example.net'/>`)
    await romeo.hears(`<presence id="u" type="unsubscribe" from="juliet@example.com" to="romeo@example.net"/>
      ${push(ROMEO, OF_JULIET('subscription="to"'))}`)
    await juliet.hears(`${push(JULIET, OF_ROMEO('subscription="from"'))}
      <presence type="unavailable" from="${ROMEO}" to="juliet@example.com"/>`)
    romeo.send(`<presence><show>dnd</show></presence>`)
    await romeo.forget()
    await juliet.hearsNothing()
  })

  test('56. RFC 6121 §A.3: what changes nothing is not delivered', async ({ signal }) => {
    await using stage = await open(signal)
    const juliet = await stage.online(JULIET)
    const romeo = await stage.online(ROMEO)
    for (const type of ['unsubscribe', 'unsubscribed']) juliet.send(`<presence type='${type}' to='romeo@example.net'/>`)
    await juliet.forget()
    await romeo.hearsNothing()
    await rosterOf(juliet)
  })

  test('56. RFC 6121 §A.2: a subscription to oneself is none', async ({ signal }) => {
    await using stage = await open(signal)
    const juliet = await stage.online(JULIET)
    for (const type of ['subscribe', 'subscribed', 'unsubscribe', 'unsubscribed'])
      juliet.send(`<presence type='${type}' to='juliet@example.com'/>`)
    await juliet.hearsNothing()
    await rosterOf(juliet)
  })

  test('54. RFC 6121 §3.1.2: a subscription stanza without an address is a bad-request', async ({ signal }) => {
    await using stage = await open(signal)
    const juliet = await stage.online(JULIET)
    juliet.send(`<presence id='s' type='subscribe'/>`)
    await juliet.peer.expect(
      `<presence id="s" type="error" to="*"><error type="modify"><bad-request xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/>`,
    )
    await juliet.peer.expectUntil('</presence>')
    await juliet.hearsNothing()
  })
})
