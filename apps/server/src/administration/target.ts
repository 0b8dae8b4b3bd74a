import type { FederationCounters, Kernel, LinkState, StreamManagementCounts } from '@parlour/server-core'
import type { Storage } from '@parlour/storage'
import type { SqliteStorage } from '@parlour/storage-sql'
import type { Configuration } from '../configuration/schema.ts'
import type { FederationSetUp } from '../federation/options.ts'

/** A storage that may leave something in its files of what was removed, and can be asked not to. */
export type PurgeableStorage = Storage & Partial<Pick<SqliteStorage, 'purge'>>

/** What operations act on: a running server, or a kernel over the storage of one that does not run. */
export interface AdministrationTarget {
  readonly kernel: Kernel
  readonly configuration: Configuration
  /** How servers of other domains are spoken to; only of a running server, and not without federation. */
  readonly federation: FederationSetUp | undefined
  readonly storage: PurgeableStorage
  /** What `parlour status` shows; only of a running server. */
  status(): ServerStatus
}

/** What a running server tells of itself. */
export interface ServerStatus {
  readonly version: string
  readonly process: number
  /** Seconds since the start. */
  readonly uptime: number
  readonly domains: readonly string[]
  readonly listening: readonly { readonly kind: string; readonly address: string; readonly port: number }[]
  readonly sessions: number
  readonly accountsOnline: number
  /** Sessions with XEP-0198, and what became of those that lost their connection. */
  readonly streamManagement: StreamManagementCounts
  readonly memoryBytes: number
  readonly counters: Readonly<Record<string, number>>
  /** Links with servers of other domains; absent without federation. */
  readonly federation?: FederationStatus | undefined
}

/** What a running server tells of its links with servers of other domains. */
export interface FederationStatus {
  readonly links: Readonly<Record<LinkState, number>>
  /** Of stanzas that wait. */
  readonly queuedBytes: number
  readonly counters: Readonly<FederationCounters>
}
