import type { Jid } from '@parlour/jid'
import {
  type EnableGrant,
  enabled,
  failed,
  type ResumptionPoint,
  readStreamManagement,
  resumed,
  SM_NAMESPACE,
} from '@parlour/stream-management'
import { type Element, serialize } from '@parlour/xml'
import { StreamError } from '@parlour/xml-stream'
import { BoundedCache } from '../bounded-cache.ts'
import type { ClientSession } from '../client-session.ts'
import type { Implementation } from '../module.ts'
import type { ClientStream, StreamEnd } from '../stream/kernel-port.ts'
import { refusal, type StreamManagementAnswer, type StreamManagementCounts } from './answer.ts'
import { DetachedStream } from './detached-stream.ts'
import { ManagedSession, type SessionTerms } from './managed-session.ts'
import { DEFAULT_STREAM_MANAGEMENT_OPTIONS, type StreamManagementOptions } from './options.ts'
import type { StreamManagementParts } from './parts.ts'
import { Redeliveries } from './redeliveries.ts'
import { restoreSessions } from './restoration.ts'
import { HANDLED_STORE, QUEUE_ARCHIVE, SESSION_STORE } from './session-record.ts'
import { SessionRecords } from './session-records.ts'
import { hashSecret, isSameHash, makeToken, readToken, type Token } from './token.ts'

/** What this is, as modules tell it of themselves. */
export const STREAM_MANAGEMENT = { implements: [{ xep: 198, version: '1.6.3' }] } as const satisfies {
  readonly implements: readonly Implementation[]
}

/** Sessions that are over, and of which the client may still hear what was handled. */
const REMEMBERED_ENDS = 10_000

type MaybePromise<Value> = Value | Promise<Value>

/** XEP-0198 for the sessions of clients: acknowledgements, resumption, and what is kept of both in the storage. */
export class StreamManagement {
  readonly options: StreamManagementOptions
  readonly redeliveries: Redeliveries
  readonly #parts: StreamManagementParts
  /** By the first half of their ids. */
  readonly #sessions = new Map<string, ManagedSession>()
  /** Those that wait to be resumed: since when, and how the waiting is undone. */
  readonly #detached = new Map<ManagedSession, { readonly at: number; readonly cancel: () => void }>()
  readonly #ends = new BoundedCache<{ readonly token: string; readonly account: string; readonly h: number }>(
    REMEMBERED_ENDS,
  )
  readonly #records: SessionRecords
  #resumptions = 0
  #expiries = 0
  #isStopping = false

  constructor(parts: StreamManagementParts, options: Partial<StreamManagementOptions> = {}) {
    this.#parts = parts
    this.redeliveries = new Redeliveries(parts)
    this.#records = new SessionRecords(parts, (managed) => this.#detached.get(managed)?.at)
    this.options = { ...DEFAULT_STREAM_MANAGEMENT_OPTIONS, ...options }
    parts.accounts.ownsStore(SESSION_STORE)
    parts.accounts.ownsStore(HANDLED_STORE)
    parts.accounts.ownsArchive(QUEUE_ARCHIVE)
  }

  get counts(): StreamManagementCounts {
    return {
      sessions: this.#sessions.size,
      detached: this.#detached.size,
      resumed: this.#resumptions,
      expired: this.#expiries,
    }
  }

  /** Brings back the sessions of which the storage knows. */
  restore(): Promise<void> {
    return restoreSessions(this.#parts, {
      attach: (session, terms, detachedAt) => {
        const managed = this.#manage(session, terms)
        const at = detachedAt ?? this.#parts.environment.now()
        this.#detached.set(managed, { at, cancel: () => {} })
        this.#records.restored(managed, detachedAt !== undefined)
        return managed
      },
      wait: (managed) => {
        const at = this.#detached.get(managed)?.at
        if (at !== undefined) this.#wait(managed, at)
      },
    })
  }

  /** Answers `<enable/>` (XEP-0198 §3) of a session that has bound its resource. */
  enable(session: ClientSession, element: Element): MaybePromise<StreamManagementAnswer> {
    const request = readStreamManagement(element)
    if (request?.kind === 'malformed') return refusal({ condition: 'bad-request', text: request.reason })
    if (request?.kind !== 'enable' || session.management) return refusal({ condition: 'unexpected-request' })
    const token = makeToken(this.#parts.environment)
    const { resumptionTime } = this.options
    const max = Math.min(resumptionTime, (request.max ?? Number.POSITIVE_INFINITY) * 1000)
    if (!request.resume) return this.#enable(session, { key: token.key, token: undefined, max }, { resume: false })
    const grant = { id: token.key + token.secret, resume: true, max: Math.floor(max / 1000) }
    const hash = hashSecret(token.secret, this.#parts.crypto)
    const enable = (known: string) => this.#enable(session, { key: token.key, token: known, max }, grant)
    return hash instanceof Promise ? hash.then(enable) : enable(hash)
  }

  /**
   * Answers `<resume/>` (XEP-0198 §5) on a stream that the account has been authenticated on.
   * @throws StreamError that is to end the stream: the client acknowledges more than it was sent (§6)
   */
  resume(account: Jid, element: Element, stream: ClientStream): MaybePromise<StreamManagementAnswer> {
    const request = readStreamManagement(element)
    if (request?.kind === 'malformed') return refusal({ condition: 'bad-request', text: request.reason })
    if (request?.kind !== 'resume') return refusal({ condition: 'unexpected-request' })
    const token = readToken(request.previd)
    if (!token) return refusal({ condition: 'item-not-found' })
    const hash = hashSecret(token.secret, this.#parts.crypto)
    const go = (known: string) => this.#find(account.bare.toString(), token, known, request, stream)
    return hash instanceof Promise ? hash.then(go) : go(hash)
  }

  /** Elements of {@link SM_NAMESPACE} on the stream of a session. */
  readonly take = (session: ClientSession, element: Element): void | Promise<void> => {
    const { management } = session
    if (management && element.name === 'r') return management.handled.asked()
    const read = readStreamManagement(element)
    if (management && read?.kind === 'acknowledgement') {
      const fault = management.acknowledge(read.h)
      return fault && session.stream.close(fault)
    }
    if (read?.kind === 'enable' && management) {
      session.stream.send(serialize(failed({ condition: 'unexpected-request' })))
      return session.stream.close(new StreamError('policy-violation', 'stream management is enabled already'))
    }
    const answer =
      read?.kind === 'resume' ? refusal({ condition: 'unexpected-request' }) : this.enable(session, element)
    const write = ({ element: written, begin }: StreamManagementAnswer): void => {
      session.stream.send(serialize(written))
      begin()
    }
    return answer instanceof Promise ? answer.then(write) : write(answer)
  }

  /** The stream of a session is over. @returns whether the session waits to be resumed */
  detach(session: ClientSession, reason: StreamEnd): boolean {
    const { management } = session
    if (!management || management.isOver || management.terms.token === undefined) return false
    if (reason !== 'lost' && !(this.#isStopping && reason === 'error')) return false
    this.#wait(management, this.#parts.environment.now())
    this.#records.detached(management)
    this.#parts.detached(session)
    return true
  }

  /** Something in the record of a session is different: it is written before the turn is over. */
  readonly sessionChanged = ({ management }: ClientSession): void => {
    if (management && !management.isOver) this.#records.changed(management)
  }

  /** What was handled is told before the stream ends (XEP-0198 §4). */
  ending({ management }: ClientSession): void | Promise<void> {
    return management?.tellLast()
  }

  /** Whether the session waits to be resumed. */
  isDetached({ management }: ClientSession): boolean {
    return management !== undefined && this.#detached.has(management)
  }

  /** The session that has waited longest to be resumed, of an account. */
  oldestDetached(sessions: readonly ClientSession[]): ClientSession | undefined {
    let oldest: { at: number; session: ClientSession } | undefined
    for (const session of sessions) {
      const at = session.management && this.#detached.get(session.management)?.at
      if (at !== undefined && at < (oldest?.at ?? Number.POSITIVE_INFINITY)) oldest = { at, session }
    }
    return oldest?.session
  }

  /** A session is over, and not in the directory any more: what it had not acknowledged goes elsewhere. */
  ended({ management, account }: ClientSession): void | Promise<void> {
    if (!management || management.isOver) return
    const { key, token } = management.terms
    management.close()
    this.#stopWaiting(management)
    this.#sessions.delete(key)
    if (token !== undefined) this.#ends.set(key, { token, account, h: management.handled.lastH })
    return this.redeliveries.begin(management)
  }

  /** From now on sessions whose streams end are kept: they are resumed when the server is there again. */
  stopping(): void {
    this.#isStopping = true
    this.#records.stopping()
  }

  /** Nothing happens by itself any more. */
  close(): void {
    for (const { cancel } of this.#detached.values()) cancel()
    this.#records.close()
  }

  #manage(session: ClientSession, terms: SessionTerms): ManagedSession {
    const { maxUnacknowledgedStanzas, maxUnacknowledgedLength, answerTimeout } = this.options
    const managed = new ManagedSession(session, terms, {
      ...{ environment: this.#parts.environment, answerTimeout },
      ...{ nextId: this.#parts.nextId, commit: this.#parts.commit, commitChanges: this.#records.commitChanges },
      isTooMuch: (stanzas, length) =>
        stanzas > maxUnacknowledgedStanzas || (length > maxUnacknowledgedLength && stanzas > 1),
      overflowed: () =>
        this.#parts.end(session, new StreamError('resource-constraint', 'too much is not acknowledged')),
    })
    session.management = managed
    this.#sessions.set(terms.key, managed)
    return managed
  }

  #enable(session: ClientSession, terms: SessionTerms, grant: EnableGrant): StreamManagementAnswer {
    const managed = this.#manage(session, terms)
    this.#records.begun(managed)
    return { element: enabled(grant), begin: () => managed.begin(session.stream) }
  }

  #find(
    account: string,
    { key }: Token,
    hash: string,
    point: ResumptionPoint,
    stream: ClientStream,
  ): MaybePromise<StreamManagementAnswer> {
    const managed = this.#sessions.get(key)
    if (managed && managed.session.account === account && isSameHash(managed.terms.token ?? '', hash))
      return this.#resume(managed, point, stream)
    const end = this.#ends.get(key)
    const isKnown = end !== undefined && end.account === account && isSameHash(end.token, hash)
    return refusal({ condition: 'item-not-found', h: isKnown ? end.h : undefined })
  }

  /** XEP-0198 §5: "the server SHOULD send a 'conflict' stream error and close that stream". */
  #resume(managed: ManagedSession, point: ResumptionPoint, stream: ClientStream): MaybePromise<StreamManagementAnswer> {
    const { session } = managed
    const former = session.stream
    session.moveTo(stream)
    managed.detach()
    this.#stopWaiting(managed)
    if (!(former instanceof DetachedStream))
      former.close(new StreamError('conflict', 'the session was resumed elsewhere'))
    const settled = managed.handled.settled()
    return settled ? settled.then(() => this.#resumed(managed, point, stream)) : this.#resumed(managed, point, stream)
  }

  #resumed(managed: ManagedSession, { previd, h }: ResumptionPoint, stream: ClientStream): StreamManagementAnswer {
    const { session } = managed
    // Another stream was quicker, or the session ended meanwhile.
    if (session.stream !== stream || managed.isOver) return refusal({ condition: 'item-not-found' })
    const fault = managed.acknowledge(h)
    if (fault) {
      this.#wait(managed, this.#parts.environment.now())
      throw fault
    }
    this.#resumptions++
    this.#records.resumed(managed)
    const begin = (): void => {
      managed.begin(stream)
      this.#parts.resumed(session)
    }
    return { element: resumed({ previd, h: managed.handled.resumed() }), session, begin }
  }

  #wait(managed: ManagedSession, at: number): void {
    const { session, terms } = managed
    const end = () => this.#parts.end(session)
    session.moveTo(new DetachedStream(session.stream, end))
    managed.detach()
    this.#stopWaiting(managed)
    const { environment } = this.#parts
    const cancel = environment.setTimer(Math.max(0, at + terms.max - environment.now()), () => {
      this.#expiries++
      end()
    })
    this.#detached.set(managed, { at, cancel })
  }

  #stopWaiting(managed: ManagedSession): void {
    this.#detached.get(managed)?.cancel()
    this.#detached.delete(managed)
  }
}

export { SM_NAMESPACE }
