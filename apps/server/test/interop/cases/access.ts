import assert from 'node:assert/strict'
import type { InteropClient } from '../client.ts'
import type { Case } from './case.ts'

export const ACCESS: readonly Case[] = [
  {
    name: 'clients with access: listed, and one is shown the door (XEP-0494)',
    needs: ['devices'],
    async run(stage) {
      const account = await stage.account()
      const signIn = async (resource: string) => (await stage.client(account, { resource })) as Required<InteropClient>
      const client = await signIn('one')
      const [own, ...none] = await client.devices()
      assert.ok(own)
      assert.deepEqual([none, own.isConnected, own.ways.includes('password')], [[], true, true])
      const second = await signIn('two')
      const others = (await client.devices()).filter(({ id }) => id !== own.id)
      assert.deepEqual([others.length, others[0]?.isConnected], [1, true])
      const { id } = others[0] as (typeof others)[0]
      assert.equal(await client.revoke(id), 'password-reset-required', 'it knows the password')
      await second.closed()
      await client.ping(stage.server.domain)
      const left = (await client.devices()).filter(({ isConnected }) => isConnected)
      assert.deepEqual(
        left.map((each) => each.id),
        [own.id],
      )
      await assert.rejects(client.revoke('nobody'), /item-not-found/)
      return undefined
    },
  },
]
