/**
 * Addresses with what an implementation of RFC 7622 has to make of them, for anyone's tests; `corpus.json` holds the
 * same for other languages. The prepared parts and the faults were written by hand after the clauses that they quote.
 */
import entries from '../corpus.json' with { type: 'json' }
import type { JidErrorCode, JidPart } from './jid-error.ts'

/** An address that is valid, with its parts as preparation leaves them; an absent part is `''`. */
export interface ValidAddress {
  readonly address: string
  readonly valid: true
  readonly local: string
  readonly domain: string
  readonly resource: string
  /** What the entry shows. */
  readonly reason: string
  /** The clause that decides. */
  readonly clause: string
}

/** An address that is invalid, with the part at fault and the code that `parseJid` gives for it. */
export interface InvalidAddress {
  readonly address: string
  readonly valid: false
  readonly part: Exclude<JidPart, 'password'>
  readonly code: JidErrorCode
  readonly reason: string
  readonly clause: string
}

export type CorpusEntry = ValidAddress | InvalidAddress

/** All entries: RFC 7622 tables 1 and 2 first, then by part and clause. */
export const corpus: readonly CorpusEntry[] = entries as readonly CorpusEntry[]
