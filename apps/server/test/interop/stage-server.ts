import type { RawTarget } from '../support/raw-client.ts'

/** An account for a case. */
export interface Account {
  readonly address: string
  readonly password: string
}

/** Where a component connects, and as what. */
export interface ComponentPlace {
  readonly domain: string
  readonly secret: string
  readonly port: number
}

/** What the stage needs of a server, Parlour's or another. */
export interface StageServer extends RawTarget {
  readonly domain: string
  /** The component that it is configured for, and the port for it. */
  readonly component: ComponentPlace
  /** An account that nobody has used. */
  account(): Promise<Account>
}
