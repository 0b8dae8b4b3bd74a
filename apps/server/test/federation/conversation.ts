import assert from 'node:assert/strict'
import type { LinkReport } from '@parlour/server-core'
import type { Case } from './case.ts'
import { KINDS } from './kinds.ts'
import { AWKWARD, both, deliver, hasSubscription, links, MAIN, subscribe } from './steps.ts'

/** What servers say of accounts that they do not have, or do not tell of. */
const UNKNOWN = /service-unavailable|item-not-found|subscription-required/
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
    kinds: [...MAIN, 'direct', 'encrypted', 'public'],
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

const AUTHENTICATION: Case = {
  name: 'how they authenticated each other',
  kinds: [...MAIN, 'direct', 'encrypted', 'public'],
  forwardOnly: true,
  async run(scene) {
    const used = await links(scene)
    assert.notEqual(used.length, 0, 'there is a link')
    const expected = KINDS[scene.kind].authentication
    for (const { direction, authentication, tls } of used) {
      assert.ok(tls, `the ${direction} link has TLS`)
      // A link that uses the other's stream (XEP-0288) authenticated nothing itself.
      if (authentication !== 'none') assert.match(authentication, expected, direction)
    }
    if (scene.kind === 'direct')
      assert.notEqual(
        scene.there.server.site.directGate.joined,
        0,
        'Parlour connected with TLS from the first octet on',
      )
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

/** What servers are for; the first ones leave a subscription behind that the following need. */
export const CONVERSATION: readonly Case[] = [
  ...SUBSCRIPTIONS,
  ...MESSAGES,
  ...REQUESTS,
  AUTHENTICATION,
  END_OF_SUBSCRIPTION,
]
