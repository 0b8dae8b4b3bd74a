import type { Jid } from '@parlour/jid'
import type { Stanza } from '@parlour/stanza'
import type { ArchivePage, ArchiveQuery, Json, Write } from '@parlour/storage'
import type { Element } from '@parlour/xml'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Accounts } from './accounts.ts'
import type { ClientSession, NonzaHandler } from './client-session.ts'
import type { Discovery } from './discovery.ts'
import type { HookName, HookOptions, Hooks } from './hooks.ts'
import type { BeforeAuthentication, StreamFeature } from './host.ts'
import type { IqHandler, IqHandlerOptions } from './iq-handlers.ts'
import type { Logger } from './logger.ts'
import type { PortablePart } from './portable/portable-part.ts'
import type { Audience } from './presence-service.ts'
import type { DeviceAccess } from './sign-in/device-access.ts'
import type { BindFeature } from './sign-in/inline-features.ts'
import type { StoredMessage } from './stored-message.ts'
import type { FormerDelivery, Settled, StanzaWrites } from './transaction.ts'

/** Undoes what a module registered. */
export type Registration = () => void | Promise<void>

/** A specification that a module implements: feeds `docs/specs.md`, the DOAP file and disco. */
export interface Implementation {
  /** `199` for XEP-0199, or an RFC as `'RFC 6121 §2'`. */
  readonly xep?: number
  readonly rfc?: string
  readonly version?: string
}

/** A named, typed thing that one module offers to others (`host.provide`, `host.use`). */
export interface Service<T> {
  readonly name: string
  /** Never set; carries the type. */
  readonly type?: T
}

export function defineService<T>(name: string): Service<T> {
  return { name }
}

/**
 * A server plug-in: what the built-in extensions are made of, and what the configuration loads by package name.
 *
 * @example
 * ```ts
 * export default defineServerModule({
 *   name: 'ping',
 *   implements: [{ xep: 199, version: '2.0.1' }],
 *   setup: (host) => [host.iq.get('urn:xmpp:ping', 'ping', () => undefined, { target: 'any' })],
 * })
 * ```
 */
export interface ServerModule<Config = unknown> {
  /** Unique; the key of its section in the configuration. */
  readonly name: string
  readonly implements?: readonly Implementation[]
  /** Modules that must be loaded before; a missing one is an error at start. */
  readonly requires?: readonly string[]
  /** Validates the module's section of the configuration (Standard Schema: valibot, zod, ArkType …). */
  readonly config?: StandardSchemaV1<unknown, Config>
  /**
   * Called once for each domain. What it returns is called, last first, when the module is unloaded. If it fails, what it
   * has registered by its host is undone.
   */
  setup(host: ModuleHost<Config>): readonly Registration[] | Promise<readonly Registration[]>
}

/** Checks the types of a module and returns it. */
export function defineServerModule<Config = Record<string, never>>(module: ServerModule<Config>): ServerModule<Config> {
  return module
}

/** A module's own part of the storage; its name keeps it apart from every other module's. */
export interface ModuleStore {
  get(owner: string, key?: string): Promise<Json | undefined>
  list(owner: string): Promise<Map<string, Json>>
  /** Durable when the promise resolves. `undefined` deletes. */
  put(owner: string, value: Json | undefined, key?: string): Promise<void>
  /** A write for {@link ModuleHost.commit}. */
  write(owner: string, value: Json | undefined, key?: string): Write
}

/** What a module sees of the server: one domain, and nothing of other modules' insides. */
export interface ModuleHost<Config = unknown> {
  readonly domain: string
  readonly config: Config
  readonly log: Logger
  readonly accounts: Pick<Accounts, 'exists' | 'create' | 'setPassword' | 'remove' | 'list'>
  /** What the server and its accounts tell about themselves (XEP-0030). */
  readonly discovery: Pick<Discovery, keyof Discovery>
  readonly iq: {
    /** Answers IQ stanzas of type `get` whose payload is `{namespace}name`. */
    get(namespace: string, name: string, handler: IqHandler, options?: IqHandlerOptions): Registration
    /** Answers IQ stanzas of type `set` whose payload is `{namespace}name`. */
    set(namespace: string, name: string, handler: IqHandler, options?: IqHandlerOptions): Registration
  }
  /** Registers a handler of one of the {@link Hooks}. */
  on<Name extends HookName>(hook: Name, handler: Hooks[Name], options?: HookOptions): Registration
  /** Adds an element to the stream features (RFC 6120 §4.3.2), after or before authentication. */
  streamFeature(stage: 'unauthenticated' | 'authenticated', feature: StreamFeature): Registration
  /** Answers an IQ sent before authentication (XEP-0077 only). */
  beforeAuthentication(namespace: string, handler: BeforeAuthentication): Registration
  /**
   * Takes first-level elements `{namespace}name` of established client streams: a protocol's elements that are no stanzas.
   * Those that no module takes end the stream with `unsupported-stanza-type` (RFC 6120 §4.9.3.24).
   */
  nonza(namespace: string, name: string, handler: NonzaHandler): Registration
  /** Says what the module holds of an account, so that it is exported and imported with the account (XEP-0227). */
  portable(part: PortablePart): Registration
  /** What a client can have together with its resource when it signs in by SASL2 (XEP-0386). */
  bindFeature(feature: BindFeature): Registration
  /** The devices that have access to accounts. */
  readonly devices: Pick<DeviceAccess, 'list' | 'revoke' | 'unnamed'>
  /** Sends a stanza in the name of the domain or of one of its accounts, through all hooks. */
  send(stanza: Element): void | Promise<void>
  /**
   * Writes a stanza to one session only, past the hooks.
   * @param cause the event of the stanza on whose account this one is sent: both are then stored together
   */
  deliver(stanza: Stanza, session: ClientSession, cause?: StanzaWrites): void
  /**
   * As {@link deliver}, of what the module has stored: to a session that keeps what its client has not acknowledged
   * (XEP-0198), and then `writes`, which remove it from the module's store, are stored together with that.
   * @param former the entry that is removed: the stanza keeps its place among others, should it come back
   * @param settled told whether the writes were stored, if the session keeps what it gets
   * @returns false: the session keeps nothing, and the writes were not stored; the stanza was written all the same
   */
  handOver(
    stanza: Stanza | StoredMessage,
    session: ClientSession,
    writes: readonly Write[],
    former?: FormerDelivery,
    settled?: Settled,
  ): boolean
  /** The sessions of an account that have bound a resource. */
  sessions(account: Jid): readonly ClientSession[]
  /** Every session of the domain. */
  allSessions(): Iterable<ClientSession>
  /** Whether `contact` may see the presence of `account` (RFC 6121 §2.1.2.5: subscription `from` or `both`). */
  isSubscribed(account: Jid, contact: Jid): boolean | Promise<boolean>
  /** Whether the bare address of `contact` is in the roster of `account` (RFC 6121 §2.1). */
  isContact(account: Jid, contact: Jid): boolean | Promise<boolean>
  /** Who knows, or may know, that `session` is there (RFC 6121 §4.2, §4.6). */
  audience(session: ClientSession): Audience | Promise<Audience>
  store(name: string): ModuleStore
  /** Applies all writes or none; durable when the promise resolves. */
  commit(writes: readonly Write[]): Promise<void>
  readonly archive: ArchiveAccess
  /** Milliseconds since 1970. */
  now(): number
  /** Cryptographically strong random bytes as lower-case hexadecimal digits. */
  randomHex(bytes: number): string
  /** Calls `callback` once after `ms` milliseconds, unless undone before. */
  setTimer(ms: number, callback: () => void): Registration
  provide<T>(service: Service<T>, value: T): Registration
  /** The value that another module provides. Throws when none does: name that module in `requires`. */
  use<T>(service: Service<T>): T
  /** The value that another module provides, if one does; for what a module can do without. */
  find<T>(service: Service<T>): T | undefined
}

/** Entries kept in order of time, for each account. */
export interface ArchiveAccess {
  /** The id of an entry to be: greater than every one given before, not to be guessed. For {@link append}. */
  nextId(): string
  /** An entry of now, or of when its `id` was given; `text` is what it is found by. */
  append(archive: string, owner: string, value: Json, options?: { with?: string; id?: string; text?: string }): Write
  /** Changes the value of an entry and what it is found by, if there is one. */
  replace(archive: string, owner: string, id: string, value: Json, text?: string): Write
  read(archive: string, owner: string, query: ArchiveQuery): Promise<ArchivePage>
  /** Removes entries: those with these ids, those of a time before, those up to an id, or all. */
  remove(archive: string, owner: string, entries: readonly string[] | RemovedEntries): Write
  count(archive: string, owner: string): Promise<number>
  /** Those that have entries, in order, from the one that follows `after`. */
  owners(archive: string, page?: { after?: string; max?: number }): Promise<string[]>
}

/** Which entries are removed: those of a time before (milliseconds since 1970), those up to and including an id, or all. */
export type RemovedEntries = { before: number } | { through: string } | { all: true }
