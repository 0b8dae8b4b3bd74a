import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import type { LinkReport } from '@parlour/server-core'
import { until } from '../support/waiting.ts'
import { KINDS, type KindName } from './kinds.ts'
import { gatesOf, type Scene } from './scene.ts'
import type { ServerProduct } from './servers/federated-server.ts'
import { QUEUED_SECONDS, SILENT_SECONDS } from './servers/parlour.ts'
import type { Client, Side } from './side.ts'

/** One case; run in both directions unless it says otherwise. Returns what is worth telling. */
export interface Case {
  readonly name: string
  /** Kinds of domains with which it is run. */
  readonly kinds: readonly KindName[]
  /** Only from the Parlour under test to the other server: what the other does is its own. */
  readonly forwardOnly?: true
  /** What the other server must be able to do. */
  readonly needs?: keyof ServerProduct['abilities']
  run(scene: Scene): Promise<string | undefined>
}

/** Text that goes wrong wherever escaping or UTF-8 does. */
const AWKWARD = 'Grüße & <b>"q"</b> \'a\' ]]&gt; 日本 🙂'
/** What servers say of accounts that they do not have, or do not tell of. */
const UNKNOWN = /service-unavailable|item-not-found|subscription-required/
const MAIN: readonly KindName[] = ['trusted', 'dialback']
/** More than a stanza waits for a server that was reached before. */
const LONG = (QUEUED_SECONDS + SILENT_SECONDS + 10) * 1000

/** The account `one` at both ends. */
async function both({ here, there, kind }: Scene) {
  const [from, to] = await Promise.all([here.client(kind), there.client(kind)])
  return { from, to, fromAddress: here.address(kind), toAddress: there.address(kind) }
}

/** Waits until the client's roster has it so; who is not in it has none. */
async function hasSubscription(client: Client, jid: string, subscription: string, ask: string): Promise<void> {
  let found: unknown
  const look = async () => {
    const item = (await client.roster()).find((each) => each.jid === jid)
    found = { subscription: item?.subscription ?? 'none', ask: item?.ask ?? '' }
    return isDeepStrictEqual(found, { subscription, ask })
  }
  await until(look, 8000, 'subscription', 50).catch(() =>
    assert.deepEqual(found, { subscription, ask }, `subscription of ${jid}`),
  )
}

/** Who asks gets to see the presence of who is asked. */
async function subscribe(asker: Client, askerAddress: string, asked: Client, askedAddress: string): Promise<void> {
  await asker.presence({ to: askedAddress, type: 'subscribe' })
  await asked.presenceFrom(({ from, type }) => from === askerAddress && type === 'subscribe')
  await asked.presence({ to: askerAddress, type: 'subscribed' })
  await asker.presenceFrom(({ from, type }) => from === askedAddress && type === 'subscribed')
  await asker.presenceFrom(({ from, type }) => from === `${askedAddress}/r` && type === 'available')
}

const bodyIs = (body: string) => (message: { body: string }) => message.body === body

/** Sends, and waits until it is there. */
async function deliver(from: Client, to: Client, toAddress: string, text: string) {
  await from.send(toAddress, text)
  return to.message(bodyIs(text), 20_000)
}

const SUBSCRIPTIONS: readonly Case[] = [
  {
    name: 'subscription both ways, roster states at both ends',
    kinds: MAIN,
    async run(scene) {
      const { from, to, fromAddress, toAddress } = await both(scene)
      await from.presence({ to: toAddress, type: 'subscribe' })
      await to.presenceFrom((each) => each.from === fromAddress && each.type === 'subscribe')
      await hasSubscription(from, toAddress, 'none', 'subscribe')
      await to.presence({ to: fromAddress, type: 'subscribed' })
      await from.presenceFrom((each) => each.from === toAddress && each.type === 'subscribed')
      await from.presenceFrom((each) => each.from === `${toAddress}/r` && each.type === 'available')
      await hasSubscription(from, toAddress, 'to', '')
      await hasSubscription(to, fromAddress, 'from', '')
      await subscribe(to, toAddress, from, fromAddress)
      await hasSubscription(from, toAddress, 'both', '')
      await hasSubscription(to, fromAddress, 'both', '')
      return undefined
    },
  },
  {
    name: 'presence: available, away, unavailable, and a probe at sign-in',
    kinds: MAIN,
    async run(scene) {
      const { from, fromAddress, toAddress, to } = await both(scene)
      const status = scene.text(AWKWARD)
      await from.presence({ show: 'dnd', status })
      await to.presenceFrom((each) => each.from === `${fromAddress}/r` && each.show === 'dnd' && each.status === status)
      await scene.there.leave(scene.kind)
      await from.presenceFrom((each) => each.from === `${toAddress}/r` && each.type === 'unavailable')
      const again = await scene.there.client(scene.kind)
      await from.presenceFrom((each) => each.from === `${toAddress}/r` && each.type === 'available')
      // Nobody here has sent anything since: its server was asked (RFC 6121 §4.3).
      await again.presenceFrom((each) => each.from === `${fromAddress}/r` && each.status === status)
      return undefined
    },
  },
]

const MESSAGES: readonly Case[] = [
  {
    name: 'messages both ways',
    kinds: [...MAIN, 'encrypted', 'public'],
    async run(scene) {
      const { from, to, fromAddress, toAddress } = await both(scene)
      for (const words of ['hello', AWKWARD, 'x'.repeat(5000)]) {
        const there = await deliver(from, to, toAddress, scene.text(words))
        assert.equal(there.from, `${fromAddress}/r`)
        const back = await deliver(to, from, fromAddress, scene.text(words))
        assert.equal(back.from, `${toAddress}/r`)
      }
      return undefined
    },
  },
  {
    name: 'order of 100 messages',
    kinds: MAIN,
    async run(scene) {
      const { from, to, toAddress } = await both(scene)
      const words = scene.text('number')
      for (let n = 0; n < 100; n++) await from.send(toAddress, `${words} ${n}`)
      for (let n = 0; n < 100; n++)
        assert.equal((await to.message(({ body }) => body.startsWith(words))).body, `${words} ${n}`)
      return undefined
    },
  },
  {
    name: 'offline messages',
    kinds: MAIN,
    async run(scene) {
      const { from, toAddress } = await both(scene)
      await scene.there.leave(scene.kind)
      const texts = ['first', AWKWARD].map((words) => scene.text(words))
      for (const text of texts) await from.send(toAddress, text)
      // Its answer comes behind the messages.
      await from.ping(scene.there.domain(scene.kind))
      const back = await scene.there.client(scene.kind)
      for (const text of texts) {
        const message = await back.message(({ body }) => texts.includes(body))
        assert.equal(message.body, text)
        assert.ok(message.delayed, 'it says when it was sent')
      }
      return undefined
    },
  },
]

const REQUESTS: readonly Case[] = [
  {
    name: 'iq: disco, ping and version of the server, ping of a contact',
    kinds: MAIN,
    async run(scene) {
      const { from, to } = await both(scene)
      const server = scene.there.domain(scene.kind)
      const { identities } = await from.disco(server)
      assert.ok(identities.some(([category]) => category === 'server'))
      await from.ping(server)
      await from.ping(to.jid)
      return (await from.version(server)).name
    },
  },
  {
    name: 'errors for unknown users',
    kinds: MAIN,
    async run(scene) {
      const { from } = await both(scene)
      const nobody = `nobody@${scene.there.domain(scene.kind)}`
      await from.send(nobody, scene.text('nobody'))
      const { condition } = await from.messageError((error) => error.from === nobody)
      assert.match(condition, UNKNOWN)
      await assert.rejects(from.disco(nobody), UNKNOWN)
      await assert.rejects(from.ping(`${nobody}/r`), UNKNOWN)
      return condition
    },
  },
]

const END_OF_SUBSCRIPTION: Case = {
  name: 'unsubscription: roster states at both ends',
  kinds: MAIN,
  async run(scene) {
    const { from, to, fromAddress, toAddress } = await both(scene)
    await from.removeRosterItem(toAddress)
    await to.presenceFrom((each) => each.from === fromAddress && each.type === 'unsubscribed')
    await hasSubscription(from, toAddress, 'none', '')
    await hasSubscription(to, fromAddress, 'none', '')
    await to.removeRosterItem(fromAddress)
    await hasSubscription(to, fromAddress, 'none', '')
    return undefined
  },
}

/** What is sent while the other is away; Parlour holds it, others may not. */
async function sendMeanwhile({ isForward, text }: Scene, from: Client, toAddress: string): Promise<string[]> {
  if (!isForward) return []
  const texts = [text('meanwhile'), text('and again')]
  for (const each of texts) await from.send(toAddress, each)
  return texts
}

/** The conversation goes on: sent anew while the servers still have to find each other. */
async function goesOn(scene: Scene, from: Client, to: Client, toAddress: string): Promise<void> {
  const words = scene.text('going on')
  const send = async () => {
    await from.send(toAddress, words)
    return to.message(bodyIs(words), 1000).catch(() => undefined)
  }
  await until(send, 25_000, `${words} to ${toAddress}`)
}

async function restart(scene: Scene, signal: 'SIGTERM' | 'SIGKILL'): Promise<undefined> {
  const { from, to, fromAddress, toAddress } = await both(scene)
  await deliver(from, to, toAddress, scene.text('before'))
  await deliver(to, from, fromAddress, scene.text('before'))
  await scene.there.stop(signal)
  const meanwhile = await sendMeanwhile(scene, from, toAddress)
  await scene.there.server.start()
  const back = await scene.there.client(scene.kind)
  // Some may come from offline storage, and that in any order.
  for (const text of meanwhile) await back.message(bodyIs(text), 25_000)
  await goesOn(scene, from, back, toAddress)
  await goesOn(scene, back, from, fromAddress)
  return undefined
}

const FAILURES: readonly Case[] = [
  { name: 'the other is restarted in mid-conversation', kinds: ['trusted'], run: (scene) => restart(scene, 'SIGTERM') },
  { name: 'the other is killed in mid-conversation', kinds: ['dialback'], run: (scene) => restart(scene, 'SIGKILL') },
  {
    name: 'connections cut in mid-conversation',
    kinds: MAIN,
    async run(scene) {
      const { from, to, fromAddress, toAddress } = await both(scene)
      await deliver(from, to, toAddress, scene.text('before'))
      for (const gate of gatesOf(scene)) gate.cut()
      await goesOn(scene, from, to, toAddress)
      await goesOn(scene, to, from, fromAddress)
      return undefined
    },
  },
  {
    name: 'silence for a while: all is delivered, once',
    kinds: MAIN,
    async run(scene) {
      const { from, to, fromAddress, toAddress } = await both(scene)
      await deliver(from, to, toAddress, scene.text('before'))
      await deliver(to, from, fromAddress, scene.text('before'))
      for (const gate of gatesOf(scene)) gate.silence()
      const [out, back] = [scene.text('out'), scene.text('back')]
      await from.send(toAddress, out)
      await to.send(fromAddress, back)
      await new Promise((resolve) => setTimeout(resolve, 1500))
      for (const gate of gatesOf(scene)) gate.speak()
      await Promise.all([to.message(bodyIs(out)), from.message(bodyIs(back))])
      await deliver(from, to, toAddress, scene.text('after'))
      assert.equal(receivedCount(to, out), 1)
      assert.equal(receivedCount(from, back), 1)
      return undefined
    },
  },
  {
    name: 'silence in mid-conversation: the sender is told',
    kinds: ['trusted'],
    forwardOnly: true,
    needs: 'acknowledgements',
    run: (scene) => longSilence(scene, false),
  },
  {
    name: 'silence on connecting: the sender is told',
    kinds: ['dialback'],
    forwardOnly: true,
    run: (scene) => longSilence(scene, true),
  },
]

/** @param isFromStart whether there is no stream yet when the silence begins */
async function longSilence(scene: Scene, isFromStart: boolean): Promise<string> {
  const { from, to, fromAddress, toAddress } = await both(scene)
  await deliver(from, to, toAddress, scene.text('before'))
  const gates = gatesOf(scene)
  for (const gate of gates) {
    if (isFromStart) gate.cut()
    gate.silence()
  }
  const words = scene.text('into silence')
  let told: string
  try {
    await from.send(toAddress, words)
    const { condition, text } = await from.messageError((error) => error.from === toAddress, LONG)
    assert.equal(condition, 'remote-server-timeout')
    told = text
  } finally {
    for (const gate of gates) {
      gate.cut()
      gate.speak()
    }
  }
  await goesOn(scene, from, to, toAddress)
  await goesOn(scene, to, from, fromAddress)
  assert.equal(receivedCount(to, words), 0)
  return told.replaceAll(/:\d{4,}/g, ':PORT')
}

/** How often a client got a text. */
const receivedCount = (client: Client, text: string): number =>
  client
    .transcript()
    .split('\n')
    .filter(
      (line) => line.startsWith('{"event"') && JSON.parse(line).event === 'message' && JSON.parse(line).body === text,
    ).length

/** Sends to an account that must get nothing; gives the text of the error. */
async function refused(from: Client, to: Client, toAddress: string, own: Side, kind: KindName, text: string) {
  await from.send(toAddress, text)
  const error = await from.messageError((each) => each.from === toAddress, 30_000)
  await to.ping(own.domain(kind))
  assert.ok(!to.transcript().includes(text), 'nothing was delivered')
  return error
}

/** Parlour neither sends to a domain of this kind, nor takes anything from it. */
const untrusted = (kind: KindName, what: string, reason: RegExp): Case => ({
  name: what,
  kinds: [kind],
  async run(scene) {
    const { here, there } = scene
    const [ours, theirs] = scene.isForward ? [here, there] : [there, here]
    const [us, them] = await Promise.all([ours.client('trusted'), theirs.client(kind)])
    const text = scene.text('never to be seen')
    if (!scene.isForward) {
      const error = await refused(them, us, ours.address('trusted'), ours, 'trusted', text)
      return `the sender is told ${error.condition}`
    }
    const error = await refused(us, them, theirs.address(kind), theirs, kind, text)
    assert.equal(error.condition, 'remote-server-timeout')
    assert.match(error.text, reason)
    return error.text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
  },
})

const AUTHENTICATION: Case = {
  name: 'how they authenticated each other',
  kinds: [...MAIN, 'encrypted', 'public'],
  forwardOnly: true,
  async run({ here, there, kind }) {
    const links = (await here.server.links?.()) ?? []
    const pair = links.filter(({ local, remote }) => local === here.domain(kind) && remote === there.domain(kind))
    const used = pair.filter(({ state }) => state === 'established')
    assert.notEqual(used.length, 0, 'there is a link')
    const expected = KINDS[kind].authentication
    for (const { direction, authentication, tls } of used) {
      assert.ok(tls, `the ${direction} link has TLS`)
      // A link that uses the other's stream (XEP-0288) authenticated nothing itself.
      if (authentication !== 'none') assert.match(authentication, expected, direction)
    }
    return used.map(shown).sort().join('; ')
  },
}

const shown = ({ direction, authentication, tls, bidirectional, managed }: LinkReport): string =>
  [
    `${direction} ${authentication}`,
    tls?.protocol,
    bidirectional && 'both ways on one stream',
    managed && 'acknowledged',
  ]
    .filter(Boolean)
    .join(', ')

const REFUSALS: readonly Case[] = [
  untrusted('stranger', 'a certificate of an unknown authority', /authority|issuer|chain|trust/i),
  untrusted('expired', 'an expired certificate', /expired/i),
  untrusted('misnamed', 'a certificate of another domain', /misnamed\.[a-z-]+\.example/),
  untrusted('plain', 'no TLS offered', /TLS/),
  {
    name: 'STARTTLS taken out of the features on the way',
    kinds: ['public'],
    async run(scene) {
      const { here, there, kind } = scene
      const [from, to] = [await here.client(kind, 'two'), await there.client(kind, 'two')]
      const gate = there.server.site.gate
      for (const each of gatesOf(scene)) each.cut()
      gate.stripsStarttls = true
      try {
        const error = await refused(from, to, there.address(kind, 'two'), there, kind, scene.text('never to be seen'))
        if (scene.isForward) assert.match(error.text, /TLS/)
        return `${error.condition}: ${error.text}`
      } finally {
        gate.stripsStarttls = false
      }
    },
  },
  {
    name: 'a domain that does not exist',
    kinds: ['trusted'],
    forwardOnly: true,
    async run({ here, kind, text }) {
      const from = await here.client(kind)
      await from.send('somebody@nowhere.example', text('nowhere'))
      const error = await from.messageError((each) => each.from === 'somebody@nowhere.example')
      assert.equal(error.condition, 'remote-server-not-found')
      return error.text
    },
  },
]

/** All of them, in the order in which they run: the first ones leave a subscription behind that the following need. */
export const CASES: readonly Case[] = [
  ...SUBSCRIPTIONS,
  ...MESSAGES,
  ...REQUESTS,
  AUTHENTICATION,
  END_OF_SUBSCRIPTION,
  ...FAILURES,
  ...REFUSALS,
]
