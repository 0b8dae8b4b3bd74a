import type { Question, RecordType, ResourceRecord } from './records.ts'

/** One question and what came back. */
export interface Lookup {
  readonly question: Question
  /**
   * - `answered`: there are such records
   * - `no-records`: the name exists, but has no such records
   * - `no-name`: there is no such name (NXDOMAIN)
   * - `failed`: an error was answered, or nothing in time: see `error`
   */
  readonly outcome: 'answered' | 'no-records' | 'no-name' | 'failed'
  /** The records asked for, preceded by the aliases that led to them. */
  readonly records: readonly ResourceRecord[]
  /** Who answered, such as `192.0.2.53:53`; undefined if nobody did. */
  readonly nameServer: string | undefined
  /** Seconds for which this is still kept. */
  readonly ttl: number
  /** Whether it was kept from an earlier question. */
  readonly cached: boolean
  readonly error?: ResolveError
}

/** The records of one type. */
export function recordsOf<Type extends RecordType>(
  { records }: Lookup,
  type: Type,
): Extract<ResourceRecord, { readonly type: Type }>[]
export function recordsOf({ records }: Lookup, type: RecordType): ResourceRecord[] {
  return records.filter((record) => record.type === type)
}

/** What each code of a {@link ResolveError} means. */
export const RESOLVE_ERROR_CODES = {
  'not-found': 'name servers answer that there is no such name, or no address under it',
  'not-offered': 'the domain says that it has no such service (RFC 2782, target ".")',
  timeout: 'no name server answered in time',
  failed: 'name servers answered with an error such as SERVFAIL, or with nonsense; or none could be reached',
  aborted: "the caller's signal; see the cause",
} as const

/** A code of {@link RESOLVE_ERROR_CODES}. */
export type ResolveErrorCode = keyof typeof RESOLVE_ERROR_CODES

/** A domain or host that could not be resolved; the message tells what was asked of whom. */
export class ResolveError extends Error {
  override readonly name = 'ResolveError'
  readonly code: ResolveErrorCode
  /** What was asked until then, and what came back. */
  readonly lookups: readonly Lookup[]

  constructor(
    code: ResolveErrorCode,
    message: string,
    options: { readonly lookups?: readonly Lookup[]; readonly cause?: unknown } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.lookups = options.lookups ?? []
  }
}

/** @internal */
export function aborted(signal: AbortSignal, what: string): ResolveError {
  return new ResolveError('aborted', `looking up ${what} was aborted`, { cause: signal.reason })
}
