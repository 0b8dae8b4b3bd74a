import type { Jid } from '@parlour/jid'
import type { Element } from '@parlour/xml'
import type { StreamError } from '@parlour/xml-stream'

/** What the kernel holds of a client's connection. */
export interface ClientStream {
  readonly remoteAddress: string
  /** TLS stands. */
  readonly secure: boolean
  /** The peer's default language for its stanzas (RFC 6120 §4.7.4), if it named one. */
  readonly lang: string | undefined
  /** Bytes accepted by {@link ClientStream.send} that the peer has not taken yet. */
  readonly bufferedBytes: number
  /** Sends text that is already serialized in the content namespace `jabber:client`. Nothing happens after closing. */
  send(text: string): void
  /** Sends the error, if any, and `</stream>`, waits a bounded time for the peer's, and ends the connection. Idempotent. */
  close(error?: StreamError): void
  /** Drops the connection at once. Idempotent. */
  destroy(): void
}

/** What the kernel gives the driver for a bound stream. */
export interface ClientSession {
  readonly jid: Jid
  /**
   * Takes a first-level element. A returned promise pauses this stream alone: later elements wait in order, and the
   * connection is not read (RFC 6120 §10.1).
   */
  receive(element: Element): void | Promise<void>
  /** A request of the client has been answered in its place: writes the answer. Without it, that goes to the stream. */
  answered?(result: string): void
  /** `</stream>` is about to be sent: what is still to be said is sent first, and a promise is waited for if the peer closed the stream. */
  ending?(): void | Promise<void>
  /**
   * Writes something that the client has to answer: nothing has come from it for long (RFC 6120 §4.6.4). Without it,
   * silence lasts as long as it may. @returns whether the session goes on when the connection is dropped
   */
  probe?(): boolean
  /** The stream is over; called exactly once for each. `closed`: by `</stream>` of either side; `error`: by a stream error; `lost`: without a word. */
  closed(reason: StreamEnd, stream: ClientStream): void
}

/** How a stream ended. */
export type StreamEnd = 'closed' | 'error' | 'lost'
