import assert from 'node:assert/strict'
import { until } from '../support/waiting.ts'
import type { InteropClient } from './client.ts'
import { becomeAvailable, type Stage } from './stage.ts'
import type { Account } from './stage-server.ts'

type Ability = keyof InteropClient

/** One case; run with every client that has what it needs. Returns what is worth telling. */
export interface Case {
  readonly name: string
  /** What the client must be able to do. */
  readonly needs?: readonly Ability[]
  run(stage: Stage): Promise<string | undefined>
}

/** Text that goes wrong wherever escaping or UTF-8 does. */
const AWKWARD = 'Grüße & <b>"q"</b> \'a\' ]]&gt; 日本 🙂'

/** A client and its partner, both signed in and available. */
async function pair(stage: Stage) {
  const [account, other] = await Promise.all([stage.account(), stage.account()])
  const [client, partner] = await Promise.all([stage.client(account), stage.partner(other)])
  return { account, other, client: client as Required<InteropClient>, partner }
}

/** Both see each other's presence. */
async function subscribe(
  from: Required<InteropClient>,
  asker: Account,
  to: Required<InteropClient>,
  asked: Account,
): Promise<void> {
  await from.presence({ to: asked.address, type: 'subscribe' })
  await to.presenceFrom(({ from: sender, type }) => sender === asker.address && type === 'subscribe')
  await to.presence({ to: asker.address, type: 'subscribed' })
  await from.presenceFrom(({ from: sender, type }) => sender === asked.address && type === 'subscribed')
  await from.presenceFrom(({ from: sender, type }) => sender.startsWith(`${asked.address}/`) && type === 'available')
}

/** Waits until the client's roster has it so; pushes may come after the presence that goes with them (RFC 6121 §3.1.6). */
async function hasSubscription(
  client: Required<InteropClient>,
  jid: string,
  expected: string | undefined,
): Promise<void> {
  let found: string | undefined
  const look = async () => {
    found = (await client.roster()).find((item) => item.jid === jid)?.subscription
    return found === expected
  }
  await until(look, 5000, `subscription ${expected} of ${jid}`).catch(() => assert.equal(found, expected))
}

const bodyIs = (body: string) => (message: { body: string }) => message.body === body

export const SIGN_IN: readonly Case[] = [
  {
    name: 'sign-in over STARTTLS',
    async run(stage) {
      const { signedIn } = await stage.signIn(undefined, await stage.account(), { available: false })
      assert.match(signedIn.mechanism, stage.mechanism)
      return signedIn.mechanism
    },
  },
  {
    name: 'sign-in over direct TLS',
    async run(stage) {
      const account = await stage.account()
      const { signedIn } = await stage.signIn(undefined, account, { tls: 'direct', available: false })
      assert.match(signedIn.mechanism, stage.mechanism)
      return signedIn.mechanism
    },
  },
  {
    name: 'wrong password refused',
    async run(stage) {
      const { address } = await stage.account()
      await assert.rejects(
        stage.signIn(undefined, { address, password: 'wrong' }, { available: false }),
        /not-authorized|Login failed|auth/i,
      )
      return undefined
    },
  },
]

const register: Case = {
  name: 'registration in band (XEP-0077)',
  needs: ['registers'],
  async run(stage) {
    const account = { address: `registered-${stage.product}@${stage.server.domain}`, password: 'registered' }
    const { client } = await stage.signIn(undefined, account, { register: account.password })
    await client.close()
    await stage.client(account)
    return undefined
  },
}

export const MESSAGES: readonly Case[] = [
  {
    name: 'messages both ways',
    async run(stage) {
      const { account, other, client, partner } = await pair(stage)
      for (const text of ['hello', AWKWARD, 'x'.repeat(5000)]) {
        await client.send(other.address, text)
        const there = await partner.message(bodyIs(text))
        assert.equal(there.from.split('/')[0], account.address)
        await partner.send(account.address, text)
        const back = await client.message(bodyIs(text))
        assert.equal(back.from.split('/')[0], other.address)
      }
      return undefined
    },
  },
  {
    name: 'order of 100 messages',
    async run(stage) {
      const { account, client, partner } = await pair(stage)
      for (let n = 0; n < 100; n++) await partner.send(account.address, `number ${n}`)
      for (let n = 0; n < 100; n++) assert.equal((await client.message(() => true)).body, `number ${n}`)
      return undefined
    },
  },
  {
    name: 'offline messages to the partner',
    async run(stage) {
      const [account, other] = [await stage.account(), await stage.account()]
      const client = await stage.client(account)
      await client.send(other.address, AWKWARD)
      await settled(client, stage)
      const partner = await stage.partner(other)
      const message = await partner.message(bodyIs(AWKWARD))
      assert.ok(message.delayed, 'it says when it was sent')
      return undefined
    },
  },
  {
    name: 'offline messages from the partner',
    async run(stage) {
      const [account, other] = [await stage.account(), await stage.account()]
      const partner = await stage.partner(other)
      for (const text of ['first', 'second']) await partner.send(account.address, text)
      await partner.ping(stage.server.domain)
      const client = await stage.client(account)
      for (const text of ['first', 'second']) {
        const message = await client.message(() => true)
        assert.equal(message.body, text)
        if (message.delayed !== undefined) assert.ok(message.delayed, 'it says when it was sent')
      }
      return undefined
    },
  },
  {
    name: 'two resources: a message to the account',
    async run(stage) {
      const { account, client, partner } = await pair(stage)
      const second = await stage.client(account, { resource: 'two' })
      await partner.send(account.address, 'to both')
      for (const each of [client, second]) await each.message(bodyIs('to both'))
      await partner.send(second.jid, 'to the second')
      await second.message(bodyIs('to the second'))
      return undefined
    },
  },
]

export const CARBONS: readonly Case[] = [
  {
    name: 'carbons: each resource sees both sides (XEP-0280)',
    needs: ['enableCarbons'],
    async run(stage) {
      const { account, other, client, partner } = await pair(stage)
      const second = (await stage.client(account, { resource: 'two' })) as Required<InteropClient>
      await second.enableCarbons()
      await client.send(other.address, AWKWARD)
      const sent = await second.carbon(bodyIs(AWKWARD))
      assert.deepEqual([sent.direction, sent.from, sent.to], ['sent', client.jid, other.address])
      await partner.send(client.jid, 'to the first')
      const received = await second.carbon(bodyIs('to the first'))
      assert.deepEqual([received.direction, received.from, received.to], ['received', partner.jid, client.jid])
      await partner.send(account.address, 'to both')
      for (const each of [client, second]) await each.message(bodyIs('to both'))
      await partner.send(client.jid, 'the next')
      assert.equal((await second.carbon(() => true)).body, 'the next', 'who got the message gets no copy')
      return undefined
    },
  },
]

/** What was sent before has been handled: per stream, order holds (RFC 6120 §10.1). */
async function settled(client: InteropClient, stage: Stage): Promise<void> {
  if (client.ping) await client.ping(stage.server.domain)
  // A client without requests has signed off in order, or does so now.
  else await client.close()
}

export const ROSTER: readonly Case[] = [
  {
    name: 'roster: add, rename, remove',
    needs: ['setRosterItem'],
    async run(stage) {
      const { client } = await pair(stage)
      const jid = `somebody@${stage.server.domain}`
      await client.setRosterItem(jid, 'Somebody & Co', ['Friends', 'Work'])
      const [item] = (await client.roster()).filter((each) => each.jid === jid)
      assert.equal(item?.name, 'Somebody & Co')
      assert.deepEqual([...(item?.groups ?? [])].sort(), ['Friends', 'Work'])
      assert.equal(item?.subscription, 'none')
      await client.setRosterItem(jid, 'Else', [])
      assert.equal((await client.roster()).find((each) => each.jid === jid)?.name, 'Else')
      await client.removeRosterItem(jid)
      await hasSubscription(client, jid, undefined)
      return undefined
    },
  },
  {
    name: 'subscription both ways',
    needs: ['roster'],
    async run(stage) {
      const { account, other, client, partner } = await pair(stage)
      await subscribe(client, account, partner, other)
      await hasSubscription(client, other.address, 'to')
      await hasSubscription(partner, account.address, 'from')
      await subscribe(partner, other, client, account)
      await hasSubscription(client, other.address, 'both')
      await hasSubscription(partner, account.address, 'both')
      await client.removeRosterItem(other.address)
      await partner.presenceFrom(({ from, type }) => from === account.address && type === 'unsubscribed')
      await hasSubscription(partner, account.address, 'none')
      return undefined
    },
  },
  {
    name: 'presence both ways',
    needs: ['roster'],
    async run(stage) {
      const { account, other, client, partner } = await pair(stage)
      await subscribe(client, account, partner, other)
      await subscribe(partner, other, client, account)
      await partner.presence({ show: 'dnd', status: AWKWARD })
      await client.presenceFrom(({ show, status }) => show === 'dnd' && status === AWKWARD)
      await client.presence({ show: 'away', status: 'tea' })
      await partner.presenceFrom(({ show, status }) => show === 'away' && status === 'tea')
      await partner.close()
      await client.presenceFrom(({ from, type }) => from.startsWith(`${other.address}/`) && type === 'unavailable')
      return undefined
    },
  },
  {
    name: 'two resources: roster pushes to both, presence of each',
    needs: ['setRosterItem'],
    async run(stage) {
      const account = await stage.account()
      const [one, two] = [
        (await stage.client(account)) as Required<InteropClient>,
        (await stage.client(account, { resource: 'two' })) as Required<InteropClient>,
      ]
      await one.presenceFrom(({ from, type }) => from === `${account.address}/two` && type === 'available')
      for (const each of [one, two]) await each.roster()
      await one.setRosterItem(`pushed@${stage.server.domain}`, 'Pushed', [])
      for (const each of [one, two]) await each.rosterPush(({ jid }) => jid === `pushed@${stage.server.domain}`)
      await two.close()
      await one.presenceFrom(({ from, type }) => from === `${account.address}/two` && type === 'unavailable')
      return undefined
    },
  },
]

export const REQUESTS: readonly Case[] = [
  {
    name: 'disco of the server',
    needs: ['disco'],
    async run(stage) {
      const { client } = await pair(stage)
      const { features, identities } = await client.disco(stage.server.domain)
      assert.ok(features.includes('urn:xmpp:ping'), `no ping in ${features}`)
      assert.ok(
        identities.some(([category, type]) => category === 'server' && type === 'im'),
        `no server/im in ${JSON.stringify(identities)}`,
      )
      return undefined
    },
  },
  {
    name: 'ping of the server',
    needs: ['ping'],
    async run(stage) {
      await (await pair(stage)).client.ping(stage.server.domain)
      return undefined
    },
  },
  {
    name: 'ping of a stranger refused (RFC 6121 §8.5.3.1)',
    needs: ['ping'],
    async run(stage) {
      const { client, partner } = await pair(stage)
      await assert.rejects(client.ping(partner.jid), /service-unavailable/)
      return undefined
    },
  },
  {
    name: 'ping of the partner',
    needs: ['ping'],
    async run(stage) {
      const { account, other, client, partner } = await pair(stage)
      await subscribe(client, account, partner, other)
      await client.ping(partner.jid)
      return undefined
    },
  },
  {
    name: 'vCard of oneself and of another (XEP-0054)',
    needs: ['setVcard'],
    async run(stage) {
      const { account, other, client, partner } = await pair(stage)
      await client.setVcard('Ünal & Söhne')
      assert.equal((await client.vcard(account.address)).fullName, 'Ünal & Söhne')
      await partner.setVcard('Partner')
      assert.equal((await client.vcard(other.address)).fullName, 'Partner')
      return undefined
    },
  },
  {
    name: 'last activity of server and contact (XEP-0012)',
    needs: ['lastActivity'],
    async run(stage) {
      const { account, other, client, partner } = await pair(stage)
      assert.ok((await client.lastActivity(stage.server.domain)).seconds >= 0)
      await subscribe(client, account, partner, other)
      await partner.close()
      await client.presenceFrom(({ from, type }) => from.startsWith(`${other.address}/`) && type === 'unavailable')
      assert.ok((await client.lastActivity(other.address)).seconds < 60)
      return undefined
    },
  },
  {
    name: 'version of the server (XEP-0092)',
    needs: ['version'],
    async run(stage) {
      const { name } = await (await pair(stage)).client.version(stage.server.domain)
      assert.ok(name)
      return name
    },
  },
  {
    name: 'time of the server (XEP-0202)',
    needs: ['time'],
    async run(stage) {
      const { utc } = await (await pair(stage)).client.time(stage.server.domain)
      assert.ok(Math.abs(Date.parse(utc) - Date.now()) < 60_000, `the server says ${utc}`)
      return undefined
    },
  },
  {
    name: 'private XML (XEP-0049)',
    needs: ['setPrivate'],
    async run(stage) {
      const { client } = await pair(stage)
      await client.setPrivate(AWKWARD)
      assert.equal((await client.getPrivate()).text, AWKWARD)
      return undefined
    },
  },
  register,
  {
    name: 'change of password (XEP-0077)',
    needs: ['changePassword'],
    async run(stage) {
      const { account, client } = await pair(stage)
      await client.changePassword(account.address.split('@')[0] as string, 'another')
      const again = await stage.client({ ...account, password: 'another' }, { resource: 'two' })
      await becomeAvailable(again, `${account.address}/two`)
      await assert.rejects(stage.client(account, { resource: 'three' }))
      return undefined
    },
  },
]

/** All of them, in the order in which they run. */
export const CASES: readonly Case[] = [...SIGN_IN, ...MESSAGES, ...CARBONS, ...ROSTER, ...REQUESTS]
