import type { Append, Json, Write } from '@parlour/storage'
import type { Unacknowledged } from './unacknowledged.ts'

/** Of each session with XEP-0198: owner is the bare JID, key the session's. */
export const SESSION_STORE = 'stream-management'
/** `h` of each such session, apart from the rest because it changes with every stanza. */
export const HANDLED_STORE = 'stream-management-handled'
/** What was sent to the sessions of an account and not acknowledged; `with` is the key of the session. */
export const QUEUE_ARCHIVE = 'stream-management'

/** What has to be known to bring a session back. */
export interface SessionRecord {
  /** SHA-256 of the secret by which its client resumes it, in hexadecimal; `undefined`: it cannot be resumed. */
  readonly token?: string
  readonly resource: string
  /** Milliseconds since 1970. */
  readonly boundAt: number
  /** Milliseconds that it waits to be resumed. */
  readonly max: number
  /** When its connection was lost; `undefined`: it stands, as far as is known. */
  readonly detachedAt?: number
  /** What the client has acknowledged, as far as no entry of the queue tells more. */
  readonly acknowledged: number
  readonly language?: string
  readonly isInterested: boolean
  /** The presence that was broadcast last. */
  readonly presence?: string
  /** What modules remember of it. */
  readonly remembered: { readonly [name: string]: Json }
}

/** An entry of {@link QUEUE_ARCHIVE}. */
export interface QueueEntry {
  /** {@link Unacknowledged.position} */
  readonly n: number
  readonly text: string
  /** Keys of other sessions that got it; `''` for one without XEP-0198. */
  readonly others?: readonly string[]
}

export function recordWrite(owner: string, key: string, record: SessionRecord): Write {
  return { type: 'put', store: SESSION_STORE, owner, key, value: record as unknown as Json }
}

export function handledWrite(owner: string, key: string, h: number): Write {
  return { type: 'put', store: HANDLED_STORE, owner, key, value: h }
}

/** The session is over, and all that it had not acknowledged has gone elsewhere. */
export function forgetWrites(owner: string, key: string): Write[] {
  return [SESSION_STORE, HANDLED_STORE].map((store) => ({ type: 'delete', store, owner, key }))
}

/** @param others keys of the other sessions that got it */
export function entryWrite(owner: string, key: string, item: Unacknowledged, others: readonly string[]): Append {
  const { id = '', at, position: n, text } = item
  const value: QueueEntry = others.length === 0 ? { n, text } : { n, text, others }
  return { type: 'append', archive: QUEUE_ARCHIVE, owner, id, at, with: key, value: value as unknown as Json }
}

/** An entry has another place in the session than before. */
export function positionWrite(owner: string, key: string, item: Unacknowledged, others: readonly string[]): Write {
  const { archive, id, value } = entryWrite(owner, key, item, others)
  return { type: 'replace', archive, owner, id, value }
}

export function removalWrite(owner: string, ids: readonly string[]): Write {
  return { type: 'remove', archive: QUEUE_ARCHIVE, owner, ids }
}
