import { type Append, type Json, MAX_PAGE, type Write } from '@parlour/storage'
import { KeptCopy } from '../kept-copy.ts'
import { QueuedStanza, type Reached } from './unacknowledged.ts'

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
  /** Keys of other sessions of the account that got it and may not have acknowledged it; `''` for one that surely has it. */
  readonly others?: readonly string[]
  /** Where there are others: the same in the entries of all of them. */
  readonly m?: string
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

/** The session is over, but something that it had not acknowledged could not go elsewhere: that is tried after a restart. */
export function overWrite(
  owner: string,
  key: string,
  { boundAt }: Pick<SessionRecord, 'boundAt'>,
  acknowledged: number,
): Write {
  // Its resource may be another's by then.
  return recordWrite(owner, key, { resource: key, boundAt, max: 0, acknowledged, isInterested: false, remembered: {} })
}

export function entryWrite(owner: string, key: string, item: QueuedStanza): Append {
  const { id = '', at } = item
  return { type: 'append', archive: QUEUE_ARCHIVE, owner, id, at, with: key, value: entryOf(item) }
}

/** Something of an entry is different: its place in the session, or who else has got the message. */
export function replacementWrite(item: QueuedStanza): Write {
  const { id = '', account } = item
  return { type: 'replace', archive: QUEUE_ARCHIVE, owner: account, id, value: entryOf(item) }
}

/** A {@link QueueEntry} as it is stored: mostly a string, the text with the place behind it, which is like other texts that are stored with it. */
function entryOf(item: QueuedStanza): Json {
  const { position, text, reached } = item
  return (reached !== undefined && reached.length > 1 && sharedEntry(item, reached)) || `${text} ${position}`
}

/** What was stored. */
export function readEntry(value: Json): QueueEntry {
  if (typeof value !== 'string') return value as unknown as QueueEntry
  const end = value.lastIndexOf(' ')
  return { n: Number(value.slice(end + 1)), text: value.slice(0, end) }
}

function sharedEntry({ position: n, text, account, queue }: QueuedStanza, reached: Reached): Json | undefined {
  const others: string[] = []
  let m: string | undefined
  for (const each of reached) {
    if (each === 'elsewhere') others.push('')
    // A module that keeps a copy does so for itself: after a crash each counts alone, and comes twice rather than never.
    else if (each.account !== account || each instanceof KeptCopy) continue
    else if (!(each instanceof QueuedStanza)) others.push('')
    else {
      m ??= each.id
      if (each.queue !== queue) others.push(each.queue.key)
    }
  }
  return others.length === 0 || m === undefined ? undefined : { n, text, others, m }
}

export function removalWrite(owner: string, ids: readonly string[]): Write {
  return { type: 'remove', archive: QUEUE_ARCHIVE, owner, ids }
}

/** As {@link removalWrite}, of however many. */
export function removalWrites(owner: string, ids: readonly string[]): Write[] {
  const writes: Write[] = []
  for (let from = 0; from < ids.length; from += MAX_PAGE)
    writes.push(removalWrite(owner, ids.slice(from, from + MAX_PAGE)))
  return writes
}
