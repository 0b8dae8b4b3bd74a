import type { TLSSocket } from 'node:tls'

/** What OpenSSL said of the peer's chain. Accepted, its code is undefined. */
export interface Verdict {
  /** The last fault that was found, by Node's name for it; `UNSPECIFIED` where it has none. */
  readonly code?: string | undefined
  /** In the words of OpenSSL. */
  readonly message?: string | undefined
}

/** The code for a certificate that is not for the role in which it was presented. It may hide other faults. */
export const INVALID_PURPOSE = 'INVALID_PURPOSE'

/** The one thing asked of the native TLS object that Node does not expose for server sockets. */
interface Verifier {
  verifyError?(): { code?: string; message: string } | null
}

/** What OpenSSL's verification of the peer's chain came to, after the handshake; undefined if the peer presented none. */
export function verdictOf(socket: TLSSocket): Verdict | undefined {
  const verifier: Verifier | null = Reflect.get(socket, 'ssl')
  // Without a certificate of the peer there was nothing to verify, and no error either.
  if (socket.destroyed || !verifier?.verifyError || !socket.getPeerX509Certificate()) return undefined
  const error = verifier.verifyError()
  return error ? { code: error.code ?? 'UNSPECIFIED', message: error.message } : {}
}
