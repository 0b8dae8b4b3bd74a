import type { SecureContext, TLSSocket } from 'node:tls'
import { serverEndPoint } from './server-end-point.ts'

const contexts = new WeakMap<TLSSocket, SecureContext>()
const endPoints = new WeakMap<SecureContext, { readonly hash: Uint8Array | undefined }>()

/** Notes which certificate a server's socket presents. */
export function presentContext(socket: TLSSocket, context: SecureContext): void {
  contexts.set(socket, context)
}

/** The `tls-server-end-point` binding of a server's socket: parsing the certificate costs more than the sign-in, so once for each certificate. */
export function presentedEndPoint(socket: TLSSocket): Uint8Array | undefined {
  const context = contexts.get(socket)
  const known = context && endPoints.get(context)
  if (known) return known.hash
  const certificate = socket.getX509Certificate()
  const hash = certificate && serverEndPoint(certificate.raw)
  if (context) endPoints.set(context, { hash })
  return hash
}
