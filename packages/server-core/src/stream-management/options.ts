/** What sessions with XEP-0198 are allowed. */
export interface StreamManagementOptions {
  /** Milliseconds for which a session whose connection is gone waits to be resumed; the client may ask for less. */
  readonly resumptionTime: number
  /** Stanzas that one client may leave unacknowledged; at the bound its session ends, and what it had not got goes elsewhere. */
  readonly maxUnacknowledgedStanzas: number
  /** The same in UTF-16 units of XML. */
  readonly maxUnacknowledgedLength: number
  /** Milliseconds that a client may take to answer `<r/>`; then its connection is dropped, and the session waits to be resumed. */
  readonly answerTimeout: number
}

/** Ten minutes, 5000 stanzas, 4 Mi units, one minute. */
export const DEFAULT_STREAM_MANAGEMENT_OPTIONS: StreamManagementOptions = {
  resumptionTime: 600_000,
  maxUnacknowledgedStanzas: 5000,
  maxUnacknowledgedLength: 4_194_304,
  answerTimeout: 60_000,
}
