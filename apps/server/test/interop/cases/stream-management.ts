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
]
