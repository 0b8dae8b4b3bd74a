import { Message } from '@parlour/stanza'
import { type Element, el, parseXml, serialize } from '@parlour/xml'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { carbonElement } from '../carbons/wire.ts'
import { pingServer } from '../ping/server.ts'
import { type FakeClient, Scene } from '../scene.fixture.ts'
import { Deferred } from './deferred.ts'
import { clientStateIndicationServer } from './server.ts'
import { CLIENT_STATE_NAMESPACE, clientStateElement, clientStateFeature } from './wire.ts'

const juliet = 'juliet@example.com'
const accounts = [juliet]
const open = async (settings = {}) => {
  const scene = await Scene.open([pingServer, clientStateIndicationServer], {
    accounts,
    settings: { 'client-state-indication': settings },
  })
  const phone = await scene.online(`${juliet}/phone`)
  phone.take()
  return { scene, phone }
}

const [inactive, active] = [clientStateElement('inactive'), clientStateElement('active')]
const parse = (text: string) => parseXml(text.replace(/^<(\w+)/, "<$1 xmlns='jabber:client'"))
const from = (name: string, sender: string, content: string, attributes = '') =>
  parse(`<${name} from='${sender}' to='${juliet}/phone' ${attributes}>${content}</${name}>`)
const show = (sender: string, value: string) => from('presence', sender, `<show>${value}</show>`)
const state = (sender: string, value: string, beside = '') =>
  from('message', sender, `<${value} xmlns='http://jabber.org/protocol/chatstates'/>${beside}`, "type='chat'")
const body = (sender: string, text: string) => from('message', sender, `<body>${text}</body>`, "type='chat'")

/** Says that it is a copy of what somebody else wrote. */
const forgedCopy = (sender: string) => {
  const message = new Message(state('b@x/1', 'composing'))
  const copy = carbonElement({ direction: 'received', message }, sender).withAttributes({ to: `${juliet}/phone` })
  return copy.withChildren([...copy.children, el('body', 'jabber:client', {}, 'Hear me')])
}

/** Whence, and what is said. */
const line = (each: Element) =>
  `${each.attribute('from')} ${each.childText('body') ?? each.childText('show') ?? each.elements()[0]?.name ?? each.attribute('type')}`

async function receive(scene: Scene, ...stanzas: Element[]): Promise<void> {
  for (const stanza of stanzas) await scene.kernel.router.send(stanza)
}

describe('XEP-0352 §4', () => {
  test('§4.1: "it advertises it in the stream features after the client has authenticated"', async () => {
    const { scene } = await open()
    const features = (stage: 'authenticated' | 'unauthenticated') =>
      scene.kernel.host('example.com')?.features(stage, true, { maxStanzaBytes: 10_000 }).map(String)
    expect(clientStateFeature().toString()).toBe("<csi xmlns='urn:xmpp:csi:0'/>")
    expect(features('authenticated')).toContain("<csi xmlns='urn:xmpp:csi:0'/>")
    expect(features('unauthenticated')).not.toContain("<csi xmlns='urn:xmpp:csi:0'/>")
  })

  test('§4.2: "There is no reply from the server to either"; said twice, or without need, it means nothing', async () => {
    const { phone } = await open()
    for (const nonza of [active, inactive, inactive, active, active]) await phone.send(nonza)
    expect(phone.take()).toEqual([])
    expect(phone.isClosed).toBe(false)
  })

  test('other elements of that namespace end the stream as ever (RFC 6120 §4.9.3.24)', async () => {
    const { phone } = await open()
    await phone.send(el('asleep', CLIENT_STATE_NAMESPACE))
    expect(phone.closedWith?.condition).toBe('unsupported-stanza-type')
  })
})

describe('XEP-0352 §3.2: an inactive client', () => {
  test('"On becoming active, push the latest presence from each contact"', async () => {
    const { scene, phone } = await open()
    await phone.send(inactive)
    await receive(scene, show('a@x/1', 'away'), show('b@x/1', 'dnd'), show('a@x/2', 'xa'), show('a@x/1', 'chat'))
    await receive(scene, from('presence', 'b@x/1', '', "type='unavailable'"))
    expect(phone.take()).toEqual([])
    await phone.send(active)
    expect(phone.take().map(line)).toEqual(['a@x/2 xa', 'a@x/1 chat', 'b@x/1 unavailable'])
    await receive(scene, show('a@x/1', 'away'))
    expect(phone.take().map(line)).toEqual(['a@x/1 away'])
  })

  test.each([
    ['a message', body('c@x/1', 'Hear me')],
    ['what looks like a copy of a chat state, by somebody else', forgedCopy('c@x/1')],
    ['a chat state with a body', state('c@x/1', 'active', '<body>Hear me</body>')],
    ['a message of no known kind', from('message', 'c@x/1', "<event xmlns='urn:x'/>")],
    ['an error', from('message', 'c@x/1', "<active xmlns='http://jabber.org/protocol/chatstates'/>", "type='error'")],
    ['a subscription request', from('presence', 'c@x', '', "type='subscribe'")],
    ['an error about presence', from('presence', 'c@x', '', "type='error'")],
    ['an answer', from('iq', 'c@x/1', "<q xmlns='urn:x'/>", "type='result' id='1'")],
    [
      'what a room tells of the user (XEP-0045 §7.2.2)',
      from('presence', 'r@x/me', "<x xmlns='http://jabber.org/protocol/muc#user'><status code='110'/></x>"),
    ],
  ])('%s is delivered at once, behind what waits', async (_, stanza) => {
    const { scene, phone } = await open()
    await phone.send(inactive)
    await receive(scene, show('a@x/1', 'away'), state('b@x/1', 'composing'), stanza, show('a@x/1', 'dnd'))
    const [first, second, third, ...others] = phone.take()
    expect([first, second].map((each) => line(each as Element))).toEqual(['a@x/1 away', 'b@x/1 composing'])
    expect(third?.name).toBe(stanza.name)
    expect(third?.attribute('from')).toBe(stanza.attribute('from'))
    expect(others).toEqual([])
    await phone.send(active)
    expect(phone.take().map(line)).toEqual(['a@x/1 dnd'])
  })

  test('chat states (XEP-0085): the latest of each sender, also those of other devices (XEP-0280)', async () => {
    const { scene, phone } = await open()
    await phone.send(inactive)
    const hint = "<no-store xmlns='urn:xmpp:hints'/><thread>t</thread>"
    await receive(scene, state('a@x/1', 'composing'), state('b@x/1', 'composing', hint), state('a@x/1', 'paused'))
    const copy = (value: string) => {
      const message = new Message(state('d@x/1', value))
      return carbonElement({ direction: 'received', message }, juliet).withAttributes({ to: `${juliet}/phone` })
    }
    await receive(scene, copy('composing'), copy('gone'))
    expect(phone.take()).toEqual([])
    await receive(scene, body('a@x/1', 'Hear me'))
    const heard = phone.take()
    expect(heard.map(line)).toEqual(['b@x/1 composing', 'a@x/1 paused', `${juliet} received`, 'a@x/1 Hear me'])
    expect(String(heard[2])).toContain('<gone')
  })

  test('"Defer … unimportant PEP notifications": moods and tunes, the latest of each; others come at once', async () => {
    const { scene, phone } = await open()
    await phone.send(inactive)
    const event = (node: string, value: string) =>
      from(
        'message',
        'a@x',
        `<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='${node}'><item id='${value}'/></items></event>`,
        "type='headline'",
      )
    const [mood, tune] = ['http://jabber.org/protocol/mood', 'http://jabber.org/protocol/tune']
    await receive(scene, event(mood, 'sad'), event(tune, 'one'), event(mood, 'happy'))
    expect(phone.take()).toEqual([])
    await receive(scene, event('urn:xmpp:omemo:2:devices', 'current'))
    expect(phone.take().map((each) => /id='(\w+)'/.exec(`${each}`)?.[1])).toEqual(['one', 'happy', 'current'])
  })

  test('other clients of the account go on as before', async () => {
    const { scene, phone } = await open()
    const desk = await scene.online(`${juliet}/desk`)
    for (const client of [phone, desk]) client.take()
    await phone.send(inactive)
    await receive(scene, show('a@x/1', 'away').withAttributes({ to: juliet }))
    expect(desk.take().map(line)).toEqual(['a@x/1 away'])
    expect(phone.take()).toEqual([])
  })

  test('an administrator can leave it be', async () => {
    const { scene, phone } = await open({ presence: false, chatStates: false })
    await phone.send(inactive)
    await receive(scene, show('a@x/1', 'away'), state('a@x/1', 'composing'))
    expect(phone.take()).toHaveLength(2)
  })

  test('what waits is bounded in number and in size: what does not fit goes out with all of it', async () => {
    const { scene, phone } = await open({ maxStanzas: 2 })
    await phone.send(inactive)
    await receive(scene, show('a@x/1', 'away'), show('b@x/1', 'away'), show('a@x/1', 'dnd'))
    expect(phone.take()).toEqual([])
    await receive(scene, show('c@x/1', 'away'), show('c@x/1', 'dnd'))
    expect(phone.take().map(line)).toEqual(['b@x/1 away', 'a@x/1 dnd', 'c@x/1 away'])
    const small = await open({ maxLength: 400 })
    await small.phone.send(inactive)
    await receive(small.scene, show('a@x/1', 'away'), show('b@x/1', 'x'.repeat(300)))
    expect(small.phone.take()).toHaveLength(2)
  })

  test('a session that ends leaves nothing behind; the next of its name is active', async () => {
    const { scene, phone } = await open()
    await phone.send(inactive)
    await receive(scene, show('a@x/1', 'away'))
    await phone.disconnect()
    const again = await scene.online(`${juliet}/phone`)
    again.take()
    await receive(scene, show('a@x/1', 'dnd'))
    expect(again.take().map(line)).toEqual(['a@x/1 dnd'])
  })
})

test('XEP-0352 §5.1: "The server first changes the CSI state to active and flushes all … After … the server sends the pong"', async () => {
  const { scene, phone } = await open()
  await phone.send(inactive)
  await receive(scene, show('a@x/1', 'away'))
  expect(phone.hand(active)).toBeUndefined()
  await phone.send("<iq type='get' id='ping1' to='example.com'><ping xmlns='urn:xmpp:ping'/></iq>")
  expect(phone.take().map((each) => each.name)).toEqual(['presence', 'iq'])
})

test('whatever comes and goes: nothing is lost but what a later stanza says again, and each sender keeps its order', async () => {
  const sender = fc.constantFrom('a@x/1', 'b@x/1')
  const step = fc.oneof(
    fc.record({ do: fc.constant('presence' as const), sender }),
    fc.record({ do: fc.constant('body' as const), sender }),
    fc.record({ do: fc.constantFrom('active' as const, 'inactive' as const), sender }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const { scene, phone } = await open({ maxStanzas: 1 })
      const last = new Map<string, string>()
      for (const [at, { do: what, sender: who }] of steps.entries()) {
        if (what === 'active' || what === 'inactive') await phone.session.receive(clientStateElement(what))
        else await receive(scene, what === 'body' ? body(who, `${at}`) : show(who, `${at}`))
        if (what === 'presence' || what === 'body') last.set(`${who} ${what}`, `${at}`)
      }
      await phone.session.receive(active)
      const heard = phone.take()
      for (const who of ['a@x/1', 'b@x/1']) {
        const own = heard.filter((each) => each.attribute('from') === who)
        const numbers = own.map((each) => Number(each.childText('body') ?? each.childText('show')))
        expect(numbers).toEqual([...numbers].sort((one, other) => one - other))
        const bodies = own.flatMap((each) => each.childText('body') ?? [])
        const sent = steps.flatMap((each, at) => (each.do === 'body' && each.sender === who ? [`${at}`] : []))
        expect(bodies).toEqual(sent)
        const shown = own.flatMap((each) => each.childText('show') ?? []).at(-1)
        expect(shown).toBe(last.get(`${who} presence`))
      }
    }),
    { numRuns: 30 },
  )
})

describe('XEP-0352 §5.2 with XEP-0198', () => {
  test('what waits outlives the connection; a resumed stream "defaults to active"', async () => {
    const { scene, phone } = await open()
    const id = await phone.manage()
    await phone.send(inactive)
    await receive(scene, show('a@x/1', 'away'))
    await phone.disconnect()
    await receive(scene, show('a@x/1', 'dnd'), show('b@x/1', 'xa'))
    const back = await scene.resume(phone, id, 0)
    expect(back.take().map(line)).toEqual(['a@x/1 dnd', 'b@x/1 xa'])
    await receive(scene, show('a@x/1', 'chat'))
    expect(back.take().map(line)).toEqual(['a@x/1 chat'])
  })

  test('while the connection is lost, of presence the latest is kept, as of a client that nobody looks at', async () => {
    const { scene, phone } = await open()
    const id = await phone.manage()
    await receive(scene, show('a@x/1', 'away'))
    phone.take()
    await phone.disconnect()
    for (let n = 0; n < 50; n++) await receive(scene, show('a@x/1', `${n}`), show('b@x/1', `${n}`))
    await receive(scene, body('c@x/1', 'Hear me'), show('a@x/1', 'dnd'))
    expect(phone.session.management?.unacknowledgedStanzas).toBe(4)
    const back = await scene.resume(phone, id, 1)
    expect(back.take().map(line)).toEqual(['a@x/1 49', 'b@x/1 49', 'c@x/1 Hear me', 'a@x/1 dnd'])
  })
})

test('what it saves: an hour of 40 contacts and 5 conversations costs an inactive phone a ninth of the stanzas and octets', async () => {
  const costs = { active: await hour(active), inactive: await hour(inactive) }
  expect(costs.active.stanzas).toBe(40 * 12 + 5 * (10 * 3 + 1))
  expect(costs.inactive.stanzas).toBe(40 + 5 * 2)
  expect(costs.inactive.octets).toBeLessThan(costs.active.octets / 9)
})

/** Each contact changes presence every five minutes; five of them type ten times, and write once. */
async function hour(nonza: Element): Promise<{ stanzas: number; octets: number }> {
  const { scene, phone } = await open()
  await phone.send(nonza)
  for (let change = 0; change < 12; change++) {
    for (let contact = 0; contact < 40; contact++)
      await receive(scene, show(`contact${contact}@x/laptop`, change % 2 ? 'away' : 'dnd'))
  }
  for (let contact = 0; contact < 5; contact++) {
    for (let time = 0; time < 10; time++)
      for (const each of ['composing', 'paused', 'active'])
        await receive(scene, state(`contact${contact}@x/laptop`, each))
    await receive(scene, body(`contact${contact}@x/laptop`, 'O Romeo, Romeo!'))
  }
  return cost(phone)
}

function cost(client: FakeClient): { stanzas: number; octets: number } {
  const stanzas = client.take()
  const octets = stanzas.reduce((sum, each) => sum + Buffer.byteLength(serialize(each, 'jabber:client')), 0)
  return { stanzas: stanzas.length, octets }
}

test('a text that takes the place of another takes its room', () => {
  const deferred = new Deferred({ maxStanzas: 2, maxLength: 10 })
  expect([deferred.put('a', '12345'), deferred.put('b', '12345'), deferred.put('b', '123')]).toEqual([true, true, true])
  expect(deferred.put('a', '12345678')).toBe(false)
  expect(deferred.put('a', '1234567')).toBe(true)
  expect(deferred.take()).toEqual(['123', '1234567'])
  expect(deferred.put('c', '1234567890')).toBe(true)
})
