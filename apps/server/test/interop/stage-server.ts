import type { RawTarget } from '../support/raw-client.ts'

/** An account for a case. */
export interface Account {
  readonly address: string
  readonly password: string
}

/** What the stage needs of a server, Parlour's or another. */
export interface StageServer extends RawTarget {
  readonly domain: string
  /** An account that nobody has used. */
  account(): Promise<Account>
}
