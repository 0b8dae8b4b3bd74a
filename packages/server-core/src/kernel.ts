import { type Jid, parseJid } from '@parlour/jid'
import { SessionDirectory } from '@parlour/routing'
import { type Iq, type Message, type Presence, readStanza, type Stanza, StanzaError } from '@parlour/stanza'
import { StorageError, type Write } from '@parlour/storage'
import type { Environment } from '@parlour/stream-negotiation'
import type { Element } from '@parlour/xml'
import { StreamError } from '@parlour/xml-stream'
import { Accounts } from './accounts.ts'
import { ArchiveIds } from './archive-ids.ts'
import { bindResource } from './binding.ts'
import type { ClientSession, NonzaHandler, SessionOwner } from './client-session.ts'
import type { ComponentPort } from './component/component-port.ts'
import { type Counters, zeroCounters } from './counters.ts'
import { createStreamHost } from './create-stream-host.ts'
import type { Federation } from './federation/federation.ts'
import { joinFederation } from './federation/join.ts'
import { Host } from './host.ts'
import { routerPartsOf } from './join-router.ts'
import type { KernelOptions } from './kernel-options.ts'
import { commitOnTime } from './late-writes.ts'
import type { Logger } from './logger.ts'
import { createModuleHost } from './module-host.ts'
import { loadModules } from './module-loader.ts'
import { OpenStreams } from './open-streams.ts'
import { devicesPart } from './portable/device-parts.ts'
import { createPresenceService } from './presence/presence.ts'
import type { PresenceService } from './presence-service.ts'
import { Router } from './router.ts'
import type { DeviceAccess } from './sign-in/device-access.ts'
import { createSignInMemory, type SignInMemory } from './sign-in/join.ts'
import { SignInThrottle } from './sign-in-throttle.ts'
import type { ClientStream, StreamEnd, StreamHost, StreamKernel } from './stream/kernel-port.ts'
import type { FailedSignIn } from './stream-host.ts'
import { joinStreamManagement } from './stream-management/join.ts'
import { SM_NAMESPACE, type StreamManagement } from './stream-management/stream-management.ts'
import type { Transaction } from './transaction.ts'

const ACCOUNT_REMOVED = new StreamError('not-authorized', 'the account was removed')

/** The server without its sockets: hosts, accounts, sessions, routing, modules. Made by {@link createKernel}. */
export class Kernel implements StreamKernel, SessionOwner {
  readonly environment: Environment
  readonly accounts: Accounts
  readonly router: Router
  readonly directory = new SessionDirectory<ClientSession>()
  readonly counters: Counters = zeroCounters()
  /** The connections that stand, bound or not. */
  readonly streams: OpenStreams
  /** The servers of other domains; `undefined`: this server speaks to none. */
  federation: Federation | undefined
  /** The external components; `undefined`: there are none. */
  components: ComponentPort | undefined
  /** Applies what a stanza stores; resolves when it is durable. */
  readonly commit: (writes: readonly Write[]) => Promise<void>
  /** XEP-0198 for clients. */
  readonly streamManagement: StreamManagement
  readonly #signIns: SignInMemory
  readonly #archiveIds: ArchiveIds
  readonly #log: Logger
  readonly #presence: PresenceService
  readonly #streamHosts = new Map<string, StreamHost>()
  #unload: (() => Promise<void>)[] = []

  constructor(options: KernelOptions) {
    const { environment, storage, authentication } = options
    this.environment = environment
    this.streams = new OpenStreams(environment)
    this.#log = options.log
    const [now, randomBytes] = [() => environment.now(), (length: number) => environment.randomBytes(length)]
    const changed = (account: Jid, change: 'created' | 'removed') => this.#accountChanged(account, change)
    const removing = (account: Jid) => this.#presence.accountRemoving(account)
    const revokes = authentication.passwordRevokesTokens !== false
    this.accounts = new Accounts({
      ...{ storage, now, randomBytes, removing, changed, ...authentication },
      revocation: (account) => this.#signIns.devices.revocation(account, revokes),
      passwordChanged: (account) => this.#signIns.devices.forget(account),
    })
    this.commit = commitOnTime(storage, this.accounts)
    this.#signIns = createSignInMemory(this, options)
    this.#archiveIds = new ArchiveIds(randomBytes)
    this.router = new Router(routerPartsOf(this, () => this.#presence))
    this.streamManagement = joinStreamManagement(
      this,
      () => this.#presence,
      options,
      (at) => this.#archiveIds.next(at),
    )
    this.#presence = createPresenceService({
      storage,
      environment,
      log: options.log,
      accounts: this.accounts,
      router: this.router,
      directory: this.directory,
    })
  }

  /** Makes the hosts and loads their modules. @internal */
  async start(options: KernelOptions): Promise<void> {
    const { storage, environment, log } = options
    const throttle = new SignInThrottle(environment, options.signInLimits)
    const parts = {
      ...{ accounts: this.accounts, router: this.router, storage, environment, log },
      archiveIds: this.#archiveIds,
      devices: this.devices,
      isSubscribed: (account: Jid, contact: Jid) => this.#presence.isSubscribed(account, contact),
      isContact: (account: Jid, contact: Jid) => this.#presence.isContact(account, contact),
      audience: (session: ClientSession) => this.#presence.audience(session),
      internalError: (error: unknown, stanza: Stanza, module: string) => this.internalError(error, stanza, module),
    }
    if (options.federation)
      this.federation = joinFederation(options.federation, this, options, (at) => this.#archiveIds.next(at))
    for (const hostOptions of options.hosts) {
      const host = new Host(parseJid(hostOptions.domain), hostOptions)
      this.router.addHost(host)
      await this.accounts.prepare(host.domain)
      this.#streamHosts.set(host.domain, await createStreamHost(this, host, options, this.#signIns.devices, throttle))
      this.#presence.attach(host)
      host.portable.add(devicesPart(this.#signIns.devices))
      this.#unload.push(
        await loadModules(
          options.modules,
          host,
          (module, at, config) => createModuleHost(parts, module, at, config),
          log,
        ),
      )
    }
    if (options.restoresSessions === false) return
    await this.streamManagement.restore()
    await this.federation?.restore([...this.router.hosts()].map(({ domain }) => domain))
  }

  host(domain: string): StreamHost | undefined {
    return this.#streamHosts.get(domain)
  }

  reportError(cause: unknown): void {
    this.counters.internalErrors++
    this.#log.error({ error: cause }, 'a stream could not be served')
  }

  opened(stream: ClientStream): void {
    this.counters.connections++
    this.streams.opened(stream)
  }

  gone(stream: ClientStream): void {
    this.streams.gone(stream)
  }

  streamFailed({ remoteAddress }: ClientStream, { condition, text }: StreamError, jid: Jid | undefined): void {
    this.counters.streamErrors++
    if (condition === 'system-shutdown') return
    this.#log.info({ jid: jid?.toString(), condition, text, remoteAddress }, 'a stream was ended with an error')
  }

  working<Value>(work: Promise<Value>): Promise<Value> {
    return this.streams.track(work)
  }

  /**
   * Ends all streams with `system-shutdown` (RFC 6120 §4.9.3.20), waits up to `graceMs` for clients and for what is
   * under way, then unloads the modules. The storage stays the caller's.
   */
  async stop({ graceMs = 0 }: { graceMs?: number } = {}): Promise<void> {
    this.streamManagement.stopping()
    // RFC 6121 §4.5.2: contacts on other servers are told of the sessions that end.
    await this.streams.endFirst()
    if (graceMs > 0) await this.federation?.confirmed(graceMs)
    this.federation?.close()
    await this.streams.shutDown(graceMs)
    this.federation?.ended()
    this.streamManagement.close()
    for (const unload of this.#unload.splice(0).reverse()) await unload()
  }

  /** The devices of accounts. */
  get devices(): DeviceAccess {
    return this.#signIns.access
  }

  /** Ends the sessions of an account with a stream error. @returns how many there were */
  endSessions(account: Jid, error: StreamError): number {
    const sessions = this.directory.sessions(account.bare.toString())
    for (const session of sessions) this.endSession(session, error)
    return sessions.length
  }

  receiveMessage(session: ClientSession, message: Message, transaction: Transaction): void | Promise<void> {
    this.counters.messages++
    // RFC 6120 §10.3.1: as if addressed to the sender's own bare JID.
    const addressed = message.to ? message : readStanza(message.element.withAttributes({ to: session.account }))
    return this.router.routeIn(transaction, addressed)
  }

  receivePresence(session: ClientSession, presence: Presence): void | Promise<void> {
    this.counters.presences++
    return this.#presence.receive(session, presence)
  }

  receiveIq(session: ClientSession, iq: Iq, transaction: Transaction): void | Promise<void> {
    this.counters.iqs++
    if (iq.to) return this.router.routeIn(transaction, iq)
    // RFC 6120 §10.3.3: the server answers on behalf of the account.
    return this.router.handleIq(this.#hostOf(session), iq, session.jid.bare, transaction)
  }

  nonzaHandler(session: ClientSession, { namespace, name }: Element): NonzaHandler | undefined {
    if (namespace === SM_NAMESPACE) return this.streamManagement.take
    return this.#hostOf(session).nonzas.get(`{${namespace}}${name}`)
  }

  sessionEnding(session: ClientSession): void | Promise<void> {
    return session.management ? this.streamManagement.ending(session) : session.committed()
  }

  readonly sessionChanged = (session: ClientSession): void => this.streamManagement.sessionChanged(session)

  streamClosed(session: ClientSession, reason: StreamEnd): void {
    if (!this.streamManagement.detach(session, reason)) this.#sessionClosed(session)
  }

  /** Ends a session, whether it is connected or waits to be resumed, and its stream. */
  endSession(session: ClientSession, error?: StreamError): void {
    this.#sessionClosed(session)
    session.stream.close(error)
  }

  #sessionClosed(session: ClientSession): void {
    if (!this.directory.remove(session)) return
    this.#inBackground(session, this.#presence.sessionClosed(session))
    this.#inBackground(session, this.#runHooks(session, 'sessionClosed'))
    this.#inBackground(session, this.streamManagement.ended(session))
  }

  /** RFC 6120 §7: gives an account's stream a resource. */
  readonly bind = (
    host: Host,
    account: Jid,
    requested: string | undefined,
    stream: ClientStream,
    prepare?: (session: ClientSession) => void,
  ): ClientSession | StanzaError | Promise<ClientSession> => {
    const session = bindResource(this, host, account, requested, stream)
    if (session instanceof StanzaError) return session
    prepare?.(session)
    this.counters.signedIn++
    this.#log.info({ jid: session.jid.toString(), remoteAddress: stream.remoteAddress }, 'signed in')
    // What a session before this one had not acknowledged comes first, before anything that is new.
    const redelivered = this.streamManagement.redeliveries.of(session.account)
    if (host.hooks.handlers.sessionBound.length === 0 && redelivered === undefined) return session
    return (redelivered ?? Promise.resolve()).then(() => this.#runHooks(session, 'sessionBound')).then(() => session)
  }

  internalError(error: unknown, stanza: Stanza, module?: string): StanzaError {
    this.counters.internalErrors++
    this.#log.error({ module, error, kind: stanza.kind, id: stanza.id }, 'a stanza could not be treated')
    // RFC 6120 §8.3.3.18: a storage that is full or away may be back, so the client may try again.
    const condition = error instanceof StorageError ? 'resource-constraint' : 'internal-server-error'
    return new StanzaError(condition, undefined, { cause: error })
  }

  signInFailed({ remoteAddress, account, reason }: FailedSignIn): void {
    this.counters.failedSignIns++
    this.#log.info({ account, remoteAddress, reason }, 'a sign-in failed')
  }

  async #accountChanged(account: Jid, change: 'created' | 'removed'): Promise<void> {
    const handlers = this.router.host(account.domain)?.hooks.handlers
    const hook = change === 'created' ? handlers?.accountCreated : handlers?.accountRemoved
    for (const handler of hook ?? []) await handler(account)
    // Not at once: who removes an account by one of its sessions still gets the answer there (XEP-0077 §3.2).
    if (change === 'removed') this.#signIns.devices.forget(account)
    if (change === 'removed') this.environment.setTimer(0, () => this.endSessions(account, ACCOUNT_REMOVED))
  }

  #hostOf(session: ClientSession): Host {
    return this.router.host(session.jid.domain) as Host
  }

  async #runHooks(session: ClientSession, hook: 'sessionBound' | 'sessionClosed'): Promise<void> {
    for (const handler of this.#hostOf(session).hooks.handlers[hook]) await handler(session)
  }

  #inBackground(session: ClientSession, work: void | Promise<void>): void {
    if (!(work instanceof Promise)) return
    const fail = (error: unknown) => this.#log.error({ error, jid: session.jid.toString() }, 'ending a session failed')
    void this.streams.track(work.catch(fail))
  }
}

/** Makes a kernel, with its hosts and their modules, ready to take streams. @throws ModuleError */
export async function createKernel(options: KernelOptions): Promise<Kernel> {
  const kernel = new Kernel(options)
  await kernel.start(options)
  return kernel
}
