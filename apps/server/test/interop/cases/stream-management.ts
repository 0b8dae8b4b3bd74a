import assert from 'node:assert/strict'
import type { Case } from './case.ts'
import { bodyIs, pair } from './case.ts'

export const STREAM_MANAGEMENT: readonly Case[] = [
  {
    name: 'a session outlives its connection (XEP-0198)',
    needs: ['cut'],
    async run(stage) {
      const { account, other, client, partner } = await pair(stage)
      await client.send(other.address, 'before')
      await partner.message(bodyIs('before'))
      await client.cut()
      for (const text of ['one', 'two', 'three']) await partner.send(client.jid, text)
      await partner.ping(stage.server.domain)
      const { resumed } = await client.sendWhenBack(other.address, 'while away')
      assert.ok(resumed, 'it is the same session')
      for (const text of ['one', 'two', 'three']) assert.equal((await client.message(() => true)).body, text)
      const { from } = await partner.message(bodyIs('while away'))
      assert.equal(from.split('/')[0], account.address)
      await client.send(other.address, 'after')
      assert.equal((await partner.message(() => true)).body, 'after', 'nothing twice')
      return undefined
    },
  },
  {
    name: 'a connection is lost with its session: the next of the resource gets what came meanwhile, in order',
    needs: ['cut'],
    async run(stage) {
      const { account, client, partner } = await pair(stage)
      const { jid } = client
      await client.cut()
      await partner.send(account.address, 'to the account')
      await partner.send(jid, 'to the resource')
      await partner.send(account.address, 'to the account again')
      await partner.ping(stage.server.domain)
      const next = await stage.client(account)
      assert.equal(next.jid, jid)
      for (const text of ['to the account', 'to the resource', 'to the account again']) {
        const message = await next.message(() => true)
        assert.equal(message.body, text)
        assert.ok(message.delayed, 'it says when it was sent')
      }
      return undefined
    },
  },
]
