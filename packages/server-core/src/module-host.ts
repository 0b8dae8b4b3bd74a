import type { Jid } from '@parlour/jid'
import { type Stanza, StanzaError } from '@parlour/stanza'
import type { Storage, Write } from '@parlour/storage'
import type { Environment } from '@parlour/stream-negotiation'
import { StreamError } from '@parlour/xml-stream'
import type { Accounts } from './accounts.ts'
import type { ArchiveIds } from './archive-ids.ts'
import type { ClientSession, NonzaHandler } from './client-session.ts'
import type { HookName, Hooks, OfflineEvent } from './hooks.ts'
import type { BeforeAuthentication, Host } from './host.ts'
import { isLate } from './late-writes.ts'
import type { Logger } from './logger.ts'
import type { ArchiveAccess, ModuleHost, ModuleStore, Registration } from './module.ts'
import type { AnyServerModule } from './module-loader.ts'
import type { Audience } from './presence-service.ts'
import type { Router } from './router.ts'
import type { DeviceAccess } from './sign-in/device-access.ts'

/** What of the kernel reaches the modules. */
export interface ModuleHostParts {
  readonly accounts: Accounts
  readonly router: Router
  readonly storage: Storage
  readonly environment: Environment
  readonly archiveIds: ArchiveIds
  readonly devices: DeviceAccess
  readonly log: Logger
  isSubscribed(account: Jid, contact: Jid): boolean | Promise<boolean>
  isContact(account: Jid, contact: Jid): boolean | Promise<boolean>
  audience(session: ClientSession): Audience | Promise<Audience>
  /** Answers for a throw that is not a StanzaError; logs it with the module's name. */
  internalError(error: unknown, stanza: Stanza, module: string): StanzaError
}

/** Makes what one module sees of a host: everything it registers bears its name, everything it stores is its own. */
export function createModuleHost(
  parts: ModuleHostParts,
  module: AnyServerModule,
  host: Host,
  config: unknown,
): ModuleHost {
  return {
    domain: host.domain,
    config,
    log: parts.log.child({ module: module.name, domain: host.domain }),
    accounts: parts.accounts,
    devices: parts.devices,
    discovery: host.discovery,
    ...registering(parts, module.name, host),
    ...routing(parts, host),
    ...storing(parts, module.name),
    ...time(parts, module.name),
  }
}

type Registering = Pick<
  ModuleHost,
  | 'iq'
  | 'on'
  | 'portable'
  | 'streamFeature'
  | 'nonza'
  | 'bindFeature'
  | 'beforeAuthentication'
  | 'provide'
  | 'use'
  | 'find'
>

function registering(parts: ModuleHostParts, module: string, host: Host): Registering {
  const answer =
    (type: 'get' | 'set'): ModuleHost['iq']['get'] =>
    (namespace, element, handler, options) =>
      host.iqHandlers.add(module, type, namespace, element, handler, options)
  return {
    iq: { get: answer('get'), set: answer('set') },
    on: (hook, handler, options) => host.hooks.add(hook, module, guardHandler(parts, module, hook, handler), options),
    portable: (part) => host.portable.add(part),
    streamFeature: (stage, feature) => addTo(host.streamFeatures[stage], feature),
    nonza: (namespace, name, handler) =>
      setIn(host.nonzas, `{${namespace}}${name}`, guardNonza(parts, module, handler)),
    bindFeature: (feature) => setIn(host.bindFeatures, feature.namespace, feature),
    beforeAuthentication: (namespace, handler) =>
      setIn(host.beforeAuthentication, namespace, guardAnswer(parts, module, handler)),
    provide: (service, value) => setIn(host.services, service.name, value),
    use: ({ name }) => {
      if (host.services.has(name)) return host.services.get(name) as never
      throw new Error(`no module provides ${name}: name the one that does in \`requires\``)
    },
    find: ({ name }) => host.services.get(name) as never,
  }
}

type Routing = Pick<
  ModuleHost,
  'send' | 'deliver' | 'handOver' | 'sessions' | 'allSessions' | 'isSubscribed' | 'isContact' | 'audience'
>

function routing({ router, isSubscribed, isContact, audience }: ModuleHostParts, host: Host): Routing {
  return {
    send: (stanza) => router.send(stanza),
    deliver: (stanza, session, cause) => router.deliver(stanza, [session], cause),
    handOver: (...stored) => router.handOver(...stored),
    sessions: (account) => router.directory.sessions(account.bare.toString()),
    allSessions: () => sessionsOf(router, host),
    isSubscribed,
    isContact,
    audience,
  }
}

function storing(parts: ModuleHostParts, module: string): Pick<ModuleHost, 'store' | 'commit' | 'archive'> {
  return {
    store: (store) => openStore(parts, `${module}/${store}`),
    commit: (writes) => commit(parts, writes),
    archive: openArchives(parts, module),
  }
}

function time(
  { environment, log }: ModuleHostParts,
  module: string,
): Pick<ModuleHost, 'now' | 'randomHex' | 'setTimer'> {
  const fail = (error: unknown): void => log.error({ module, error }, 'a module failed')
  return {
    now: () => environment.now(),
    randomHex: (bytes) =>
      Array.from(environment.randomBytes(bytes), (byte) => byte.toString(16).padStart(2, '0')).join(''),
    setTimer: (ms, callback) => environment.setTimer(ms, guardCallback(callback, fail)),
  }
}

function* sessionsOf(router: Router, host: Host): Generator<ClientSession> {
  for (const session of router.directory) if (session.jid.domain === host.domain) yield session
}

/** A throw in a module fails that stanza only, and is logged with the module's name. */
function guardHandler<Name extends HookName>(
  parts: ModuleHostParts,
  module: string,
  hook: Name,
  handler: Hooks[Name],
): Hooks[Name] {
  const call = handler as (first: unknown, second: unknown) => unknown
  const fail = (error: unknown, first: unknown): unknown => {
    if (hook === 'offline') return failOffline(parts, module, first as OfflineEvent, error)
    const stanza = (first as { stanza?: Stanza } | undefined)?.stanza
    if (stanza && hook !== 'deliver') return parts.internalError(error, stanza, module)
    parts.log.error({ module, hook, error }, 'a module failed')
  }
  const waiting = (result: Promise<unknown>, first: unknown): unknown =>
    result.catch((error: unknown) => fail(error, first))
  // Each stanza passes a dozen of these: nothing is allocated unless something waits or fails, for no function in here sees `first`.
  const guarded = (first: unknown, second: unknown): unknown => {
    try {
      const result = call(first, second)
      return result instanceof Promise ? waiting(result, first) : result
    } catch (error) {
      return fail(error, first)
    }
  }
  return guarded as unknown as Hooks[Name]
}

/** Who sent what was delivered before has been told that it was: it stays where it is, instead of being refused now. */
function failOffline(parts: ModuleHostParts, module: string, event: OfflineEvent, error: unknown): StanzaError {
  const refusal = parts.internalError(error, event.stanza, module)
  if (event.former) throw error
  return refusal
}

/** What a module throws ends that stream; unless it is a StreamError, it is logged with the module's name. */
function guardNonza(parts: ModuleHostParts, module: string, handler: NonzaHandler): NonzaHandler {
  return (session, element) => {
    const fail = (error: unknown): void => {
      const isRefused = error instanceof StreamError
      if (!isRefused) parts.log.error({ module, nonza: element.name, error }, 'a module failed')
      session.stream.close(isRefused ? error : new StreamError('internal-server-error', undefined, { cause: error }))
    }
    try {
      const done = handler(session, element)
      return done instanceof Promise ? done.catch(fail) : done
    } catch (error) {
      return fail(error)
    }
  }
}

/** What a module throws is answered as an error, and logged with the module's name. */
function guardAnswer(parts: ModuleHostParts, module: string, handler: BeforeAuthentication): BeforeAuthentication {
  return async (iq, context) => {
    try {
      return await handler(iq, context)
    } catch (error) {
      throw error instanceof StanzaError ? error : parts.internalError(error, iq, module)
    }
  }
}

/** Nobody else would take what it throws. */
function guardCallback(callback: () => unknown, fail: (error: unknown) => void): () => void {
  return () => {
    try {
      const done = callback()
      if (done instanceof Promise) done.catch(fail)
    } catch (error) {
      fail(error)
    }
  }
}

function commit({ accounts, storage }: ModuleHostParts, writes: readonly Write[]): Promise<void> {
  return writes.some((write) => isLate(write, accounts))
    ? Promise.reject(new StanzaError('item-not-found', 'the account was removed'))
    : storage.commit(writes)
}

function openStore(parts: ModuleHostParts, store: string): ModuleStore {
  const { accounts, storage } = parts
  accounts.ownsStore(store)
  const write = (owner: string, value: unknown, key = ''): Write =>
    value === undefined
      ? { type: 'delete', store, owner, key }
      : { type: 'put', store, owner, key, value: value as never }
  return {
    get: (owner, key = '') => storage.get(store, owner, key),
    list: (owner) => storage.list(store, owner),
    put: (owner, value, key) => commit(parts, [write(owner, value, key)]),
    write,
  }
}

function openArchives({ accounts, storage, environment, archiveIds }: ModuleHostParts, module: string): ArchiveAccess {
  const names = new Map<string, string>()
  const nameOf = (archive: string): string => names.get(archive) ?? declare(archive)
  const declare = (archive: string): string => {
    const name = `${module}/${archive}`
    accounts.ownsArchive(name)
    names.set(archive, name)
    return name
  }
  return {
    nextId: () => archiveIds.next(environment.now()),
    append(archive, owner, value, options) {
      const id = options?.id ?? archiveIds.next(environment.now())
      const { with: party, text } = options ?? {}
      const at = archiveIds.timeOf(id)
      return { type: 'append', archive: nameOf(archive), owner, id, at, with: party, value, text }
    },
    replace: (archive, owner, id, value, text) => ({
      type: 'replace',
      archive: nameOf(archive),
      owner,
      id,
      value,
      text,
    }),
    read: (archive, owner, query) => storage.readArchive(nameOf(archive), owner, query),
    remove: (archive, owner, entries) => ({
      ...{ type: 'remove', archive: nameOf(archive), owner },
      ...('length' in entries ? { ids: entries } : entries),
    }),
    count: (archive, owner) => storage.countArchive(nameOf(archive), owner),
    owners: (archive, page) => storage.archiveOwners(nameOf(archive), page),
  }
}

function addTo<T>(set: Set<T>, value: T): Registration {
  set.add(value)
  return () => {
    set.delete(value)
  }
}

function setIn<K, V>(map: Map<K, V>, key: K, value: V): Registration {
  if (map.has(key)) throw new Error(`${String(key)} is registered already`)
  map.set(key, value)
  return () => {
    map.delete(key)
  }
}
