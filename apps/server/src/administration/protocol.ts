/**
 * How a command talks to the server that runs on the same data folder: over a local socket, one JSON object a line.
 * Who may open the socket may do everything: it lies in the data folder, for its owner only.
 */

/** Raised when a request or an answer changes its meaning. */
export const PROTOCOL_VERSION = 1

/** Characters of a line; a longer one ends the connection. */
export const MAX_REQUEST_LENGTH = 64 * 1024
export const MAX_ANSWER_LENGTH = 4 * 1024 * 1024

export interface AdministrationRequest {
  readonly version: number
  /** Repeated by the answer; requests of one connection may be answered in any order. */
  readonly id: number
  /** A name in the table of operations, such as `user.add`. */
  readonly operation: string
  readonly parameters: unknown
}

/** `progress`: what comes before the result, any number of times. */
export type AdministrationAnswer =
  | { readonly id: number; readonly progress: unknown }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: { readonly code: string; readonly message: string } }

/** Why an operation was refused; the message is for the person who asked. */
export class AdministrationError extends Error {
  override readonly name = 'AdministrationError'
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
