import type { StartClient } from './drivers.ts'

/** A product with its cases' partner, and why it leaves out what it leaves out, by the case's name. */
export interface Product {
  readonly name: string
  readonly start: StartClient
  readonly startPartner: StartClient
  /** How it signs in. */
  readonly mechanism: RegExp
  readonly cannot: Readonly<Record<string, string>>
  /** File without which it is not installed. */
  readonly needs?: string
}
