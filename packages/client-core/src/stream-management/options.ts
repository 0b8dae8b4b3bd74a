import type { Jid } from '@parlour/jid'
import type { EnableRequest, ResumptionPoint } from '@parlour/stream-management'
import type { InlineRequest } from '@parlour/stream-negotiation'
import type { Element } from '@parlour/xml'

/** How stream management is used (XEP-0198), where the server offers it. Times in milliseconds. */
export interface StreamManagementOptions {
  /** Sessions are resumed after a loss of connection. Default true. */
  readonly resume: boolean
  /** Seconds for which the server is asked to keep a session whose connection is lost. Default: its own choice. */
  readonly maximumResumption: number | undefined
  /** Stanzas kept until the server acknowledges them; beyond it, sending fails with `overflow`. Default 20 000. */
  readonly maximumUnacknowledgedStanzas: number
  /** The same in characters of XML; one stanza always fits. Default 16 777 216. */
  readonly maximumUnacknowledgedCharacters: number
  /** How long after a stanza an acknowledgement is asked for, unless 10 stanzas come together before. Default 250. */
  readonly requestDelay: number
  /** Something must come back within this time after asking; otherwise the connection is given up. Default 20 000. */
  readonly answerTimeout: number
}

/** The values of {@link StreamManagementOptions} that hold unless others are given. */
export const DEFAULT_STREAM_MANAGEMENT: StreamManagementOptions = {
  resume: true,
  maximumResumption: undefined,
  maximumUnacknowledgedStanzas: 20_000,
  maximumUnacknowledgedCharacters: 16_777_216,
  requestDelay: 250,
  answerTimeout: 20_000,
}

/** A session whose connection was lost, as it is asked for on the next stream (XEP-0198 §5). */
export interface ResumableSession extends ResumptionPoint {
  /** Its address, which stays. */
  readonly jid: Jid
  /** Where the server would like it to be resumed: see `parseLocation` of @parlour/stream-management. */
  readonly location: string | undefined
  /** What the server offered when it was bound. */
  readonly features: Element
}

/** What the next stream is to be for: pass it on to `openClientStream`. */
export interface SessionWish {
  /** The session to go on with; if that is not possible, another one begins. */
  readonly resume?: ResumableSession | undefined
  /** How stream management is to be enabled, where that goes along with binding (XEP-0386); undefined: not at all. */
  readonly enable?: EnableRequest | undefined
  /** What else is to be had along with binding. */
  readonly inline?: readonly InlineRequest[] | undefined
}
