import { CLIENT_NAMESPACE, type Stanza } from '@parlour/stanza'
import type { Connection } from '@parlour/transport'
import { serialize } from '@parlour/xml'
import type { ClientSession } from '../client-session.ts'
import type { Logger } from '../logger.ts'
import type { StanzaWrites } from '../transaction.ts'
import { createAbortController } from './abort.ts'
import { Answers } from './answers.ts'
import { AttemptSlots } from './attempt-slots.ts'
import type { FederationContext, FederationCounters, FederationKernel } from './federation-context.ts'
import { FederationError } from './federation-error.ts'
import { FederationPolicy } from './federation-policy.ts'
import type { FederationPort } from './federation-port.ts'
import { IncomingStream } from './incoming-stream.ts'
import { LinkQuota } from './link-quota.ts'
import { type LinkReport, reportIncoming, reportOutgoing } from './link-report.ts'
import { LinkTable } from './link-table.ts'
import { openStream } from './opening.ts'
import { DEFAULT_FEDERATION_LIMITS, type FederationOptions } from './options.ts'
import { OutgoingLink } from './outgoing-link.ts'
import type { OutgoingStream } from './outgoing-stream.ts'
import { type ProbeOptions, type ProbeStep, probe } from './probe.ts'
import { RefusalLog } from './refusal-log.ts'
import { ResumableSessions } from './resumable-sessions.ts'
import type { ServerConnector, ServerNames } from './server-connector.ts'
import { ServerPings } from './server-pings.ts'
import type { StanzaExchange } from './stanza-exchange.ts'
import { Verifier } from './verifier.ts'

/** Milliseconds at most that a stop waits for other servers to confirm what was written. */
const CONFIRMATION_TIME = 1_000

/** Milliseconds between two looks for links that nobody needs any more. */
const SWEEP_INTERVAL = 60_000

/** The servers of other domains: links to them, and the streams that they open. */
export class Federation implements FederationPort {
  readonly #context: FederationContext
  readonly #connector: ServerConnector
  readonly #kernel: FederationKernel
  readonly #links = new LinkTable()
  readonly #quota: LinkQuota
  readonly #incoming = new Set<IncomingStream>()
  readonly #slots: AttemptSlots
  readonly #sessions: ResumableSessions
  readonly #verifier: Verifier
  readonly #queued = { bytes: 0 }
  readonly #answers: Answers
  readonly #stopping = createAbortController()
  #cancelSweep: (() => void) | undefined
  #isClosed = false
  /** Since the start. */
  readonly counters: Readonly<FederationCounters>

  constructor(options: FederationOptions, kernel: FederationKernel, log: Logger) {
    const context = contextOf(options, kernel, log)
    const { limits, environment } = context
    this.#context = context
    this.counters = context.counters
    this.#connector = options.connector
    this.#kernel = kernel
    this.#answers = new Answers(kernel, this.#queued, (text) => kernel.outbox.over([text]))
    this.#quota = new LinkQuota(limits, this.#links, () => environment.now())
    this.#slots = new AttemptSlots(limits.maxAttempts, environment)
    this.#sessions = new ResumableSessions(environment, limits.maxResumable, limits.resumptionTime)
    this.#verifier = new Verifier({
      context,
      established: ({ local, remote }) => this.#establishedStream(local, remote),
      open: (names) => this.#open(names, 'verify'),
    })
  }

  send(stanza: Stanza, session: ClientSession | undefined, writes: StanzaWrites): void | Promise<void> {
    const { outbox } = this.#kernel
    const text = serialize(stanza.element, CLIENT_NAMESPACE)
    const kept = outbox.note(stanza, text)
    const link = this.#send(stanza, text)
    if (link instanceof FederationError) {
      if (kept) outbox.withdraw(kept)
      return this.#kernel.bounce(stanza, link.toStanzaError(), session)
    }
    if (kept) outbox.store(kept, stanza, writes)
    if (session) return link.room()
  }

  /** Serves a connection that another server made. */
  accept(connection: Connection): void {
    const stream = new IncomingStream(connection, {
      context: this.#context,
      sessions: this.#sessions,
      verifier: this.#verifier,
      offer: (remote, local, exchange) => this.#offer(remote, local, exchange),
      proved: (remote, local) => this.#links.find(local, remote)?.awaken(),
      gone: (gone) => this.#incoming.delete(gone),
    })
    this.#incoming.add(stream)
  }

  /** All links, and all streams of others on which a pair of domains is authenticated. */
  links(): LinkReport[] {
    return [...[...this.#links].map(reportOutgoing), ...[...this.#incoming].flatMap(reportIncoming)]
  }

  /**
   * Walks to another server as for a stanza `from` one of our domains, and tells each step: DNS, connection, TLS,
   * certificate, authentication. The last step is `done`, unless `policy` has refused the domain. Never rejects.
   */
  test(
    local: string,
    remote: string,
    report: (step: ProbeStep) => void,
    { connector = this.#connector, signal = this.#stopping.signal }: ProbeOptions = {},
  ): Promise<void> {
    return probe({ local, remote }, report, connector, this.#context, signal)
  }

  /** Sends again what was on its way from these domains when the server was last there. Never rejects. */
  restore(locals: readonly string[]): Promise<void> {
    const { maxTotalQueuedBytes } = this.#context.limits
    return this.#kernel.outbox.restore(locals, (stanza, text) => {
      if (this.#queued.bytes + text.length > maxTotalQueuedBytes) return false
      const link = this.#send(stanza, text, true)
      if (link instanceof FederationError) this.#answers.add(text, link)
      // It waited before: one failure is no reason to give up.
      else link.wasReached = true
      return true
    })
  }

  /** Asks other servers to confirm what was written, and waits for that; not long. */
  confirmed(milliseconds: number): Promise<void> {
    const written = [...this.#links].flatMap((link) => link.ask())
    return this.#kernel.outbox.untilOver(written, Math.min(milliseconds, CONFIRMATION_TIME))
  }

  /** Ends all links; what waits and is not kept is answered. The streams are the kernel's to close. */
  close(): void {
    this.#cancelSweep?.()
    this.#isClosed = true
    this.#kernel.outbox.stopping()
    this.#stopping.abort()
    for (const link of [...this.#links]) link.close()
    this.#answers.flush()
    this.#sessions.clear()
  }

  /** The streams are over too. */
  ended(): void {
    this.#kernel.outbox.close()
  }

  #send(stanza: Stanza, text: string, again = false): OutgoingLink | FederationError {
    const [local, remote] = [stanza.from?.domain ?? '', stanza.to?.domain ?? '']
    const link = this.#links.find(local, remote) ?? this.#newLink(local, remote, stanza.from?.bare.toString())
    return link instanceof FederationError ? link : (link.send(text, again) ?? link)
  }

  #newLink(local: string, remote: string, account?: string): OutgoingLink | FederationError {
    const { policy } = this.#context
    const refusal = policy.refusal(remote)
    if (refusal !== undefined) return new FederationError('denied', refusal)
    if (!this.#kernel.isOwn(local)) return new FederationError('denied', `${local} is not served here`)
    if (this.#kernel.isOwn(remote)) return new FederationError('denied', `${remote} is a domain of this server`)
    const full = this.#quota.refusal(account ?? '', () => this.#connected())
    if (full) return full
    const link = new OutgoingLink(
      { local, remote },
      {
        context: this.#context,
        slots: this.#slots,
        account,
        queued: this.#queued,
        open: (names) => this.#open(names, 'stanzas'),
        undeliverable: (text, error) => this.#undeliverable(text, error),
      },
    )
    this.#links.add(link)
    if (account !== undefined) this.#quota.caused(account, link)
    this.#cancelSweep ??= this.#context.environment.setTimer(SWEEP_INTERVAL, () => this.#sweep())
    return link
  }

  /** What is kept is sent when the server is back, so nobody is told that it will not be. */
  #undeliverable(text: string, error: FederationError): void {
    if (!this.#isClosed || !this.#kernel.outbox.has(text)) this.#answers.add(text, error)
  }

  #open(names: ServerNames, purpose: 'stanzas' | 'verify'): Promise<OutgoingStream> {
    return openStream({ ...names, purpose, signal: this.#stopping.signal }, this.#connector, this.#context)
  }

  #establishedStream(local: string, remote: string): OutgoingStream | undefined {
    const stream = this.#links.find(local, remote)?.stream
    return stream && !stream.isOver && stream.exchange ? stream : undefined
  }

  #offer(remote: string, local: string, exchange: StanzaExchange): void {
    const link = this.#links.find(local, remote) ?? this.#newLink(local, remote)
    if (link instanceof OutgoingLink) link.offer(exchange)
  }

  /** The domains of others that have an authenticated stream to us. */
  #connected(): (remote: string) => boolean {
    const incoming = [...this.#incoming]
    return (remote) => incoming.some(({ pairs }) => pairs.hasRemote(remote))
  }

  #sweep(): void {
    this.#quota.sweep()
    const next = () => this.#context.environment.setTimer(SWEEP_INTERVAL, () => this.#sweep())
    this.#cancelSweep = this.#links.size > 0 ? next() : undefined
  }
}

function contextOf(options: FederationOptions, kernel: FederationKernel, log: Logger): FederationContext {
  return {
    kernel,
    counters: { stanzasSent: 0, stanzasReceived: 0, failures: 0, refusals: 0 },
    environment: kernel.environment,
    log,
    limits: { ...DEFAULT_FEDERATION_LIMITS, ...options.limits },
    policy: new FederationPolicy(options.policy),
    refusals: new RefusalLog(log, kernel.environment),
    pings: new ServerPings(),
    bidirectional: options.bidirectional ?? true,
    streamManagement: options.streamManagement ?? true,
    lang: options.lang ?? 'en',
    certificateNames: (certificate) => options.certificateNames(certificate),
  }
}
