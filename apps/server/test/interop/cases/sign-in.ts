import assert from 'node:assert/strict'
import type { InteropClient } from '../client.ts'
import { becomeAvailable } from '../stage.ts'
import type { Case } from './case.ts'

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

/** By what clients have in place of a password. */
export const RETURNING: readonly Case[] = [
  {
    name: 'a device that returns signs in by a token, and is the same resource (XEP-0388, XEP-0386, XEP-0484)',
    needs: ['signInAgain'],
    async run(stage) {
      const account = await stage.account()
      const client = (await stage.client(account)) as Required<InteropClient>
      const { jid } = client
      const again = await client.signInAgain()
      assert.match(again.mechanism, /^HT-SHA-(256|512)-(EXPR|ENDP|NONE)$/)
      assert.equal(again.jid, jid, 'the resource is that of the device')
      await becomeAvailable(client, again.jid)
      const partner = await stage.partner(await stage.account())
      await client.send(partner.jid, 'back again')
      assert.equal((await partner.message(() => true)).from, again.jid)
      await partner.send(account.address, 'welcome')
      assert.equal((await client.message(() => true)).body, 'welcome')
      const third = await client.signInAgain()
      assert.equal(third.mechanism, again.mechanism, 'and so the next time')
      return again.mechanism
    },
  },
]
