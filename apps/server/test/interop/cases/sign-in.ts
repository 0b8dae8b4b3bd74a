import assert from 'node:assert/strict'
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
