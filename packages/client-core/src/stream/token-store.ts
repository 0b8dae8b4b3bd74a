import type { Jid } from '@parlour/jid'
import type { TokenMechanismName } from '@parlour/sasl'
import type { IssuedToken } from '@parlour/stream-negotiation'

/** A token by which an account signs in without its password (XEP-0484). It is a secret as the password is. */
export interface AccountToken extends IssuedToken {
  /** The only mechanism that it works with. */
  readonly mechanism: TokenMechanismName
}

/**
 * Where tokens are kept, one for each account. They belong to the installation whose `userAgent.id` was told: keep both
 * together, out of backups and away from others (XEP-0484 §4.1).
 */
export interface TokenStore {
  get(account: Jid): Promise<AccountToken | undefined>
  /** A rejection is reported as an uncaught error; the stream is unaffected. */
  put(account: Jid, token: AccountToken): Promise<void>
  delete(account: Jid): Promise<void>
}

/** Keeps tokens as long as the program runs: reconnections need no password. */
export function createMemoryTokenStore(): TokenStore {
  const tokens = new Map<string, AccountToken>()
  return {
    get: async (account) => tokens.get(account.bare.toString()),
    put: async (account, token) => void tokens.set(account.bare.toString(), token),
    delete: async (account) => void tokens.delete(account.bare.toString()),
  }
}
