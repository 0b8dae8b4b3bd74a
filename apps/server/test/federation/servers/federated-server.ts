import type { LinkReport } from '@parlour/server-core'
import type { Site } from '../network.ts'

/** Accounts that each domain of each server has, all with one password. */
export const USERS = ['one', 'two', 'three'] as const
export const PASSWORD = 'correct-horse'

/** A server in the network, which can be started again: its accounts and what it keeps stay. */
export interface FederatedServer {
  readonly site: Site
  readonly host: '127.0.0.1'
  /** The port for clients. */
  readonly clientPort: number
  start(): Promise<void>
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** The last lines of its log. */
  log(): string
  /** The links to other servers, of Parlour. */
  links?(): Promise<readonly LinkReport[]>
}

/** A product that can stand in a site; `other`: the name of the site that it is to speak to. */
export interface ServerProduct {
  readonly name: string
  /** File without which it is not installed. */
  readonly needs?: string
  readonly abilities: {
    /** Can have a domain that never has TLS. */
    readonly withoutTls: boolean
  }
  at(site: Site, other: string): Promise<FederatedServer>
}
