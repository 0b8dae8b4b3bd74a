/**
 * Why a connection failed:
 * - `refused`: nobody listens there, or the peer's machine rejects it;
 * - `unreachable`: no route, no such host;
 * - `timeout`: nothing came of it in time;
 * - `aborted`: the caller's AbortSignal;
 * - `certificate`: the peer's certificate is not trusted or is for another name;
 * - `tls`: the handshake or the record layer failed;
 * - `reset`: the connection broke;
 * - `closed`: the connection was already closed, or the peer closed it in the midst of a handshake.
 */
export type TransportErrorCode =
  | 'refused'
  | 'unreachable'
  | 'timeout'
  | 'aborted'
  | 'certificate'
  | 'tls'
  | 'reset'
  | 'closed'

/** A failed connection or handshake. `cause` holds the platform's own error where there is one. */
export class TransportError extends Error {
  /** What kind of failure, for programs; the message is for people. */
  readonly code: TransportErrorCode

  constructor(code: TransportErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'TransportError'
    this.code = code
  }
}
