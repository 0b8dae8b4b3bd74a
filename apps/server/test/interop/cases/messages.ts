import assert from 'node:assert/strict'
import type { InteropClient } from '../client.ts'
import type { Stage } from '../stage.ts'
import { AWKWARD, bodyIs, type Case, pair } from './case.ts'

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
