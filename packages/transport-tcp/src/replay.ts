import { X509Certificate } from 'node:crypto'
import { Duplex } from 'node:stream'
import { connect, type SecureContext, TLSSocket } from 'node:tls'
import { clientMessages, serverMessages } from './replayed-messages.ts'
import { type Verdict, verdictOf } from './verdict.ts'

/** How long OpenSSL may take for a chain, in ms. */
const REPLAY_TIMEOUT = 5_000

/**
 * What OpenSSL says of a chain that a server presents (purpose `sslserver`), by the authorities of the context.
 *
 * Node.js has no function that verifies a chain: OpenSSL does so only within a handshake, for the purpose of the role
 * that the peer has in it. So a handshake in memory begins, in which the chain is presented by a server; OpenSSL
 * verifies it when it comes, before anything is signed. The handshake never ends: nobody here has the key.
 */
export function judgeAsServer(chain: readonly Uint8Array[], secureContext: SecureContext): Promise<Verdict> {
  const pipe = new Replayed()
  const socket = connect({ socket: pipe, secureContext, rejectUnauthorized: false })
  return outcome(socket, pipe, serverMessages(chain, hasRsaKey(chain[0])))
}

/** The same with the chain presented by a client (purpose `sslclient`); the context needs a certificate of its own. */
export function judgeAsClient(chain: readonly Uint8Array[], secureContext: SecureContext): Promise<Verdict> {
  const pipe = new Replayed()
  const options = { isServer: true, requestCert: true, rejectUnauthorized: false, secureContext }
  return outcome(new TLSSocket(pipe, options), pipe, clientMessages(chain))
}

function outcome(socket: TLSSocket, pipe: Replayed, messages: Buffer): Promise<Verdict> {
  return new Promise((resolve) => {
    const settle = () => {
      clearTimeout(timer)
      resolve(verdictOf(socket) ?? { code: 'UNREADABLE', message: 'the certificates could not be read' })
      socket.destroy()
    }
    const timer = setTimeout(settle, REPLAY_TIMEOUT)
    // What OpenSSL writes after the messages is its alert; by then it has verified.
    pipe.onWrite = () => {
      if (verdictOf(socket)) settle()
    }
    socket.on('error', settle).on('_tlsError', settle).on('close', settle)
    pipe.push(messages)
  })
}

function hasRsaKey(leaf: Uint8Array | undefined): boolean {
  try {
    return leaf !== undefined && new X509Certificate(leaf).publicKey.asymmetricKeyType?.startsWith('rsa') === true
  } catch {
    return false // OpenSSL will say that it cannot read it
  }
}

/** A peer that has said all it says beforehand. */
class Replayed extends Duplex {
  onWrite: () => void = () => {}

  override _read(): void {}

  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done()
    this.onWrite()
  }
}
