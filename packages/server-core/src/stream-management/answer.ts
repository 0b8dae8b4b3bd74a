import { type Failure, failed } from '@parlour/stream-management'
import type { Element } from '@parlour/xml'
import type { ClientSession } from '../client-session.ts'

/** What `<enable/>` or `<resume/>` is answered with, wherever the answer has to stand. */
export interface StreamManagementAnswer {
  /** `<enabled/>`, `<resumed/>` or `<failed/>`. */
  readonly element: Element
  /** With `<resumed/>`: the session that goes on. */
  readonly session?: ClientSession
  /** To be called once, in the same turn as the element was written: what waits for the client is written behind it. */
  begin(): void
}

/** How many sessions there are, and what became of them. */
export interface StreamManagementCounts {
  /** Sessions with XEP-0198. */
  readonly sessions: number
  /** Of these, those that wait to be resumed. */
  readonly detached: number
  readonly resumed: number
  /** Sessions that were not resumed in time. */
  readonly expired: number
}

/** `<failed/>` (XEP-0198 §6). */
export function refusal(failure: Failure): StreamManagementAnswer {
  return { element: failed(failure), begin: () => {} }
}
