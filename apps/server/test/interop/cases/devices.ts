import assert from 'node:assert/strict'
import type { InteropClient } from '../client.ts'
import { bodyIs, type Case, pair } from './case.ts'

export const DEVICES: readonly Case[] = [
  {
    name: 'receipts of messages (XEP-0184)',
    needs: ['sendWithReceipt'],
    async run(stage) {
      const [account, other] = await Promise.all([stage.account(), stage.account()])
      const client = (await stage.client(account)) as Required<InteropClient>
      const peer = (await stage.client(other)) as Required<InteropClient>
      const id = await client.sendWithReceipt(peer.jid, 'is it there?', 'receipt-1')
      await peer.message(bodyIs('is it there?'))
      const receipt = await client.receipt(() => true)
      assert.deepEqual([receipt.of, receipt.from], [id, peer.jid])
      return undefined
    },
  },
  {
    name: 'blocking: nothing passes either way, until it is taken back (XEP-0191)',
    needs: ['block'],
    async run(stage) {
      const { account, other, client, partner } = await pair(stage)
      await client.block(other.address)
      assert.deepEqual(await client.blocked(), [other.address])
      await partner.send(account.address, 'refused')
      assert.equal((await partner.messageError(() => true)).condition, 'service-unavailable')
      await client.send(other.address, 'refused, too')
      assert.equal((await client.messageError(() => true)).condition, 'not-acceptable')
      await client.unblock(other.address)
      assert.deepEqual(await client.blocked(), [])
      await partner.send(account.address, 'heard')
      assert.equal((await client.message(() => true)).body, 'heard', 'what was refused does not come later')
      await client.send(other.address, 'heard, too')
      assert.equal((await partner.message(() => true)).body, 'heard, too')
      return undefined
    },
  },
  {
    name: 'client state: presence waits, the latest of it, until a message comes (XEP-0352)',
    needs: ['clientState'],
    async run(stage) {
      const { client, partner } = await pair(stage)
      await client.clientState('inactive')
      // It has no answer of its own.
      await client.ping(stage.server.domain)
      for (const show of ['away', 'xa', 'dnd']) await partner.presence({ to: client.jid, show })
      await partner.send(client.jid, 'wake up')
      await client.message(bodyIs('wake up'))
      const next = () => client.presenceFrom(({ from }) => from === partner.jid)
      assert.equal((await next()).show, 'dnd', 'the latest only')
      for (const show of ['away', 'chat']) await partner.presence({ to: client.jid, show })
      await partner.ping(stage.server.domain)
      await client.clientState('active')
      assert.equal((await next()).show, 'chat', 'when somebody looks again, the latest')
      return undefined
    },
  },
]
