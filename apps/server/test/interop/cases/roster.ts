import assert from 'node:assert/strict'
import type { InteropClient } from '../client.ts'
import { AWKWARD, type Case, hasSubscription, pair, subscribe } from './case.ts'

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
      await one.presenceFrom(({ from, type }) => from === two.jid && type === 'available')
      for (const each of [one, two]) await each.roster()
      await one.setRosterItem(`pushed@${stage.server.domain}`, 'Pushed', [])
      for (const each of [one, two]) await each.rosterPush(({ jid }) => jid === `pushed@${stage.server.domain}`)
      await two.close()
      await one.presenceFrom(({ from, type }) => from === two.jid && type === 'unavailable')
      return undefined
    },
  },
]
