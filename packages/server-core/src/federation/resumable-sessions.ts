import type { Environment } from '@parlour/stream-negotiation'
import type { ManagedSession } from './managed-session.ts'

interface Entry {
  readonly session: ManagedSession
  readonly remote: string
  readonly local: string
  cancel: (() => void) | undefined
}

/** The sessions of incoming streams that their peers may resume (XEP-0198 §5), bounded in number and time. */
export class ResumableSessions {
  readonly #entries = new Map<string, Entry>()
  /** Those without a connection, in the order in which they lost it. */
  readonly #detached = new Set<ManagedSession>()
  readonly #environment: Environment
  readonly #max: number
  readonly #milliseconds: number

  constructor(environment: Environment, max: number, milliseconds: number) {
    this.#environment = environment
    this.#max = max
    this.#milliseconds = milliseconds
  }

  /** Keeps a session that has an id, while its stream stands and for a time after. */
  add(session: ManagedSession, remote: string, local: string): void {
    this.#entries.set(session.id as string, { session, remote, local, cancel: undefined })
  }

  /** The session with this id, if it is one of this pair of domains. */
  find(id: string, remote: string, local: string): ManagedSession | undefined {
    const entry = this.#entries.get(id)
    return entry?.remote === remote && entry.local === local ? entry.session : undefined
  }

  /** It lives on a connection again. */
  attached(session: ManagedSession): void {
    const entry = this.#entries.get(session.id ?? '')
    entry?.cancel?.()
    this.#detached.delete(session)
    if (entry) entry.cancel = undefined
  }

  /** Its connection is gone: the time to resume it runs. */
  detached(session: ManagedSession): void {
    const id = session.id ?? ''
    const entry = this.#entries.get(id)
    if (!entry) return
    entry.cancel?.()
    entry.cancel = this.#environment.setTimer(this.#milliseconds, () => this.delete(session))
    this.#detached.add(session)
    if (this.#detached.size > this.#max) this.#dropOldest()
  }

  delete(session: ManagedSession): void {
    const entry = this.#entries.get(session.id ?? '')
    entry?.cancel?.()
    this.#entries.delete(session.id ?? '')
    this.#detached.delete(session)
  }

  clear(): void {
    for (const { cancel } of this.#entries.values()) cancel?.()
    this.#entries.clear()
    this.#detached.clear()
  }

  /** Only they are bounded: the others are as many as their connections. */
  #dropOldest(): void {
    const oldest = this.#detached.values().next().value
    if (oldest) this.delete(oldest)
  }
}
