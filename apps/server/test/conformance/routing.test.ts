import { describe, expect, test } from 'vitest'
import { builtInModules } from '../../src/modules.ts'
import { FEEDINGS } from './dialogues.ts'
import { type Actor, errorOf, friends, Stage, type StageOptions } from './stage.ts'

const JULIET = 'juliet@example.com/balcony'
const TYPES = ['normal', 'chat', 'groupchat', 'headline', 'error'] as const
type Type = (typeof TYPES)[number]
type Outcome = 'A' | 'B' | 'N' | 'AB' | 'error' | 'nothing'
/** Who stands there: resource and presence. `-` has signed in but sent none. */
type Resources = Readonly<Record<string, string>>

const PRIORITY = (value: number) => `<presence><priority>${value}</priority></presence>`
const withoutOffline = builtInModules.filter(({ name }) => name !== 'offline')

const ADDRESS: Readonly<Record<string, string>> = {
  bare: 'romeo@example.net',
  match: 'romeo@example.net/A',
  none: 'romeo@example.net/gone',
}

// biome-ignore format: RFC 6121 §8.5.4, Table 1, over a server that keeps nothing offline
const TABLE: readonly (readonly [line: number, who: string, Resources, address: keyof typeof ADDRESS, Readonly<Record<Type, Outcome>>])[] = [
  [63, 'no resource',                     {},                                    'bare',  { normal: 'error', chat: 'error', groupchat: 'error', headline: 'nothing', error: 'nothing' }],
  [63, 'a resource without presence',     { A: '' },                             'bare',  { normal: 'error', chat: 'error', groupchat: 'error', headline: 'nothing', error: 'nothing' }],
  [61, 'one of negative priority',        { N: PRIORITY(-1) },                   'bare',  { normal: 'error', chat: 'error', groupchat: 'error', headline: 'nothing', error: 'nothing' }],
  [61, 'one',                             { A: PRIORITY(0) },                    'bare',  { normal: 'A', chat: 'A', groupchat: 'error', headline: 'A', error: 'nothing' }],
  [61, 'one, and one of negative priority', { A: PRIORITY(0), N: PRIORITY(-1) }, 'bare',  { normal: 'A', chat: 'A', groupchat: 'error', headline: 'A', error: 'nothing' }],
  [61, 'two of equal priority',           { A: PRIORITY(1), B: PRIORITY(1) },    'bare',  { normal: 'AB', chat: 'AB', groupchat: 'error', headline: 'AB', error: 'nothing' }],
  [61, 'two, one above the other',        { A: PRIORITY(1), B: PRIORITY(9) },    'bare',  { normal: 'B', chat: 'B', groupchat: 'error', headline: 'AB', error: 'nothing' }],
  [61, 'three, one of them negative',     { A: PRIORITY(3), B: PRIORITY(3), N: PRIORITY(-9) }, 'bare', { normal: 'AB', chat: 'AB', groupchat: 'error', headline: 'AB', error: 'nothing' }],
  [64, 'the very one, and a better one',  { A: PRIORITY(0), B: PRIORITY(9) },    'match', { normal: 'A', chat: 'A', groupchat: 'A', headline: 'A', error: 'A' }],
  [64, 'the very one, negative',          { A: PRIORITY(-5), B: PRIORITY(9) },   'match', { normal: 'A', chat: 'A', groupchat: 'A', headline: 'A', error: 'A' }],
  [64, 'the very one, without presence',  { A: '' },                             'match', { normal: 'A', chat: 'A', groupchat: 'A', headline: 'A', error: 'A' }],
  [65, 'others only',                     { A: PRIORITY(0), B: PRIORITY(9) },    'none',  { normal: 'error', chat: 'B', groupchat: 'error', headline: 'nothing', error: 'nothing' }],
  [65, 'a negative one only',             { N: PRIORITY(-1) },                   'none',  { normal: 'error', chat: 'error', groupchat: 'error', headline: 'nothing', error: 'nothing' }],
  [65, 'nobody',                          {},                                    'none',  { normal: 'error', chat: 'error', groupchat: 'error', headline: 'nothing', error: 'nothing' }],
]

describe.each(FEEDINGS)('routing, %s:', (_, chunkBytes) => {
  const open = (signal: AbortSignal, options: StageOptions = {}) =>
    Stage.open(signal, { chunkBytes, modules: withoutOffline, ...options })

  test.for(TABLE)(
    '61, 63, 64, 65. RFC 6121 §8.5.4: Table 1, line %i of the checklist: a message, with %s',
    async ([, , resources, address, outcomes], { signal }) => {
      await using stage = await open(signal)
      const people = new Map<string, Actor>()
      for (const [resource, presence] of Object.entries(resources))
        people.set(resource, await stage.online(`romeo@example.net/${resource}`, presence))
      for (const actor of people.values()) await actor.forget()
      const juliet = await stage.signIn(JULIET)
      const to = ADDRESS[address]
      for (const type of TYPES) {
        juliet.send(`<message id='${type}' type='${type}' to='${to}'><body>hi</body></message>`)
        const outcome = outcomes[type]
        for (const [resource, actor] of people) {
          if (outcome.includes(resource) && outcome !== 'error')
            await actor.hears(
              `<message id="${type}" type="${type}" from="${JULIET}" to="${to}"><body>hi</body></message>`,
            )
          await actor.hearsNothing()
        }
        if (outcome === 'error')
          await juliet.hears(
            `<message id="${type}" type="error" from="${to}" to="${JULIET}">${errorOf('cancel', 'service-unavailable')}</message>`,
          )
        await juliet.hearsNothing()
      }
    },
  )

  test('60. RFC 6121 §8.5.1, RFC 6120 §10.2: what is for no account is answered as if it were for an absent one', async ({
    signal,
  }) => {
    await using stage = await open(signal)
    const juliet = await stage.online(JULIET)
    for (const user of ['nobody', 'romeo']) {
      for (const to of [`${user}@example.net`, `${user}@example.net/x`]) {
        juliet.send(`<iq id='i' type='get' to='${to}'><q xmlns='urn:example:q'/></iq>`)
        await juliet.hears(
          `<iq id="i" type="error" from="${to}" to="${JULIET}">${errorOf('cancel', 'service-unavailable')}</iq>`,
        )
        juliet.send(`<message id='m' to='${to}'><body>hi</body></message>`)
        await juliet.hears(
          `<message id="m" type="error" from="${to}" to="${JULIET}">${errorOf('cancel', 'service-unavailable')}</message>`,
        )
        juliet.send(`<presence to='${to}'/><presence type='unavailable' to='${to}'/>`)
        await juliet.hearsNothing()
      }
    }
    juliet.send(`<presence type='subscribe' to='nobody@example.net'/>`)
    await juliet.peer.expect('<iq type="set" id="*" to="*">')
    await juliet.peer.expectUntil('</iq>')
    await juliet.hearsNothing()
  })

  test('62. RFC 6121 §8.5.2.1.3, §8.5.2.2.3: an iq to a bare JID is answered by the server, and reaches no resource', async ({
    signal,
  }) => {
    await using stage = await open(signal)
    const { juliet, romeo } = await friends(stage)
    for (const type of ['get', 'set']) {
      juliet.send(`<iq id='i' type='${type}' to='romeo@example.net'><q xmlns='urn:example:q'/></iq>`)
      await juliet.hears(
        `<iq id="i" type="error" from="romeo@example.net" to="${JULIET}">${errorOf('cancel', 'service-unavailable')}</iq>`,
      )
    }
    juliet.send(`<iq id='r' type='result' to='romeo@example.net'/>`)
    await juliet.hearsNothing()
    await romeo.hearsNothing()
  })

  test('64. RFC 6121 §8.5.3.1: an iq to a full JID reaches it from who shares presence, and its answer comes back', async ({
    signal,
  }) => {
    await using stage = await open(signal)
    const { juliet, romeo } = await friends(stage)
    juliet.send(`<iq id='i' type='get' to='romeo@example.net/orchard'><q xmlns='urn:example:q'/></iq>`)
    await romeo.hears(
      `<iq id="i" type="get" from="${JULIET}" to="romeo@example.net/orchard"><q xmlns="urn:example:q"/></iq>`,
    )
    romeo.send(`<iq id='i' type='result' to='${JULIET}'><a xmlns='urn:example:q'/></iq>`)
    await juliet.hears(
      `<iq id="i" type="result" from="romeo@example.net/orchard" to="${JULIET}"><a xmlns="urn:example:q"/></iq>`,
    )
  })

  test('64. RFC 6121 §8.5.3.1: from who shares no presence it gets the answer of one who is not there', async ({
    signal,
  }) => {
    await using stage = await open(signal)
    const romeo = await stage.online('romeo@example.net/orchard')
    const juliet = await stage.online(JULIET)
    for (const to of ['romeo@example.net/orchard', 'romeo@example.net/gone']) {
      juliet.send(`<iq id='i' type='get' to='${to}'><q xmlns='urn:example:q'/></iq>`)
      await juliet.hears(
        `<iq id="i" type="error" from="${to}" to="${JULIET}">${errorOf('cancel', 'service-unavailable')}</iq>`,
      )
    }
    await romeo.hearsNothing()
    romeo.send(`<presence to='${JULIET}'/>`)
    await juliet.hears(`<presence from="romeo@example.net/orchard" to="${JULIET}"/>`)
    juliet.send(`<iq id='i' type='get' to='romeo@example.net/orchard'><q xmlns='urn:example:q'/></iq>`)
    await romeo.hears(
      `<iq id="i" type="get" from="${JULIET}" to="romeo@example.net/orchard"><q xmlns="urn:example:q"/></iq>`,
    )
  })

  test('64. RFC 6121 §8.5.3.1: resources of one account reach each other', async ({ signal }) => {
    await using stage = await open(signal)
    const chamber = await stage.signIn('juliet@example.com/chamber')
    const juliet = await stage.signIn(JULIET)
    juliet.send(`<iq id='i' type='set' to='juliet@example.com/chamber'><q xmlns='urn:example:q'/></iq>`)
    await chamber.hears(
      `<iq id="i" type="set" from="${JULIET}" to="juliet@example.com/chamber"><q xmlns="urn:example:q"/></iq>`,
    )
  })

  test('64, 65. RFC 6121 §8.5.3.1, §8.5.3.2.2: presence to a full JID reaches that resource; where there is none it is ignored', async ({
    signal,
  }) => {
    await using stage = await open(signal)
    const romeo = await stage.online('romeo@example.net/orchard')
    const square = await stage.online('romeo@example.net/square')
    await romeo.forget()
    const juliet = await stage.signIn(JULIET)
    juliet.send(
      `<presence to='romeo@example.net/orchard'><status>hi</status></presence><presence to='romeo@example.net/gone'/>`,
    )
    await romeo.hears(`<presence from="${JULIET}" to="romeo@example.net/orchard"><status>hi</status></presence>`)
    await romeo.hearsNothing()
    await square.hearsNothing()
    await juliet.hearsNothing()
  })

  test('65. RFC 6121 §8.5.3.2.2: a subscription request to a resource that is not there is one to the account', async ({
    signal,
  }) => {
    await using stage = await open(signal)
    const romeo = await stage.online('romeo@example.net/orchard')
    const juliet = await stage.signIn(JULIET)
    juliet.send(`<presence type='subscribe' to='romeo@example.net/gone'/>`)
    await romeo.hears(`<presence type="subscribe" from="juliet@example.com" to="romeo@example.net"/>`)
  })

  test('61. RFC 6121 §4.7.2.3, §8.5.2.1.1: a change of priority changes who gets messages', async ({ signal }) => {
    await using stage = await open(signal)
    const one = await stage.online('romeo@example.net/one', PRIORITY(1))
    const two = await stage.online('romeo@example.net/two', PRIORITY(2))
    const juliet = await stage.signIn(JULIET)
    one.send(PRIORITY(3))
    await one.forget()
    await two.forget()
    juliet.send(`<message id='m' to='romeo@example.net'/>`)
    await one.hears(`<message id="m" from="${JULIET}" to="romeo@example.net"/>`)
    one.send(`<presence type='unavailable'/>`)
    await one.forget()
    await two.forget()
    juliet.send(`<message id='m' to='romeo@example.net'/>`)
    await two.hears(`<message id="m" from="${JULIET}" to="romeo@example.net"/>`)
    await one.hearsNothing()
  })
})

test('63. RFC 6121 §8.5.2.2.1: what the built-in server keeps for an absent account comes with the next presence, in order, with its time', async ({
  signal,
}) => {
  await using stage = await Stage.open(signal)
  const juliet = await stage.signIn(JULIET)
  for (const type of ['chat', 'normal', 'headline'])
    juliet.send(`<message id='${type}' type='${type}' to='romeo@example.net'><body>hi</body></message>`)
  juliet.send(`<message id='full' type='chat' to='romeo@example.net/gone'><body>hi</body></message>`)
  await juliet.hearsNothing()
  const negative = await stage.online('romeo@example.net/N', PRIORITY(-1))
  await negative.hearsNothing()
  const romeo = await stage.signIn('romeo@example.net/A')
  romeo.send('<presence/>')
  const delay = `<delay xmlns="urn:xmpp:delay" from="example.net" stamp="2026-01-01T00:00:00*Z">Offline Storage</delay>`
  for (const [id, to] of [
    ['chat', 'romeo@example.net'],
    ['normal', 'romeo@example.net'],
    ['full', 'romeo@example.net/gone'],
  ])
    await romeo.peer.expectUntil(
      `<message id="${id}" type="${id === 'normal' ? 'normal' : 'chat'}" from="${JULIET}" to="${to}"><body>hi</body>${delay}</message>`,
    )
  await romeo.forget()
  expect(romeo.peer.heard).not.toContain('headline')
  const later = await stage.signIn('romeo@example.net/B')
  later.send('<presence/>')
  await later.forget()
  expect(later.peer.heard).not.toContain('<message')
})
