import assert from 'node:assert/strict'
import { becomeAvailable } from '../stage.ts'
import { AWKWARD, type Case, pair, subscribe } from './case.ts'

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
  {
    name: 'registration in band (XEP-0077)',
    needs: ['registers'],
    async run(stage) {
      const account = { address: `registered-${stage.product}@${stage.server.domain}`, password: 'registered' }
      const { client } = await stage.signIn(undefined, account, { register: account.password })
      await client.close()
      await stage.client(account)
      return undefined
    },
  },
  {
    name: 'change of password (XEP-0077)',
    needs: ['changePassword'],
    async run(stage) {
      const { account, client } = await pair(stage)
      await client.changePassword(account.address.split('@')[0] as string, 'another')
      const again = await stage.client({ ...account, password: 'another' }, { resource: 'two' })
      await becomeAvailable(again, again.jid)
      await assert.rejects(stage.client(account, { resource: 'three' }))
      return undefined
    },
  },
]
