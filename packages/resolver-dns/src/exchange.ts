import { createSocket } from 'node:dgram'
import { connect, isIPv6 } from 'node:net'
import { decodeResponse, encodeQuestion, type Response } from './message.ts'
import type { NameServer } from './name-servers.ts'
import type { Question } from './records.ts'

/** One question to one name server. */
export interface Exchange {
  readonly question: Question
  readonly server: NameServer
  /** 0–65535, unpredictable (RFC 5452 §9.2). */
  readonly id: number
  /** With EDNS (RFC 6891). */
  readonly extended: boolean
  /** Ends it, also when it takes too long; rejects with the reason. */
  readonly signal: AbortSignal
}

/** Asks over UDP. Rejects with what the system says, or the signal's reason; afterwards no socket is left. */
export function exchangeUdp({ question, server, id, extended, signal }: Exchange): Promise<Response> {
  return new Promise((resolve, reject) => {
    // One socket for each question: its port is another unpredictable number (RFC 5452 §9.2).
    const socket = createSocket(isIPv6(server.host) ? 'udp6' : 'udp4')
    const settle = (finish: () => void) => {
      signal.removeEventListener('abort', abort)
      socket.removeAllListeners().on('error', ignoreLateError)
      socket.close()
      finish()
    }
    const abort = () => settle(() => reject(signal.reason))
    const fail = (error: Error) => settle(() => reject(error))
    signal.addEventListener('abort', abort)
    socket.on('error', fail)
    socket.on('message', (message) => {
      const response = decodeResponse(message, id, question)
      // Not an answer to this question: the right one may still come.
      if (response) settle(() => resolve(response))
    })
    // Of a connected socket, the system passes on only what comes from that address and port (RFC 5452 §9.1).
    socket.connect(server.port, server.host, (error?: Error) => {
      if (error) fail(error)
      else if (!signal.aborted) socket.send(encodeQuestion(id, question, extended))
    })
  })
}

/** Asks over TCP (RFC 7766), where answers have room. Rejects like {@link exchangeUdp}. */
export function exchangeTcp({ question, server, id, extended, signal }: Exchange): Promise<Response> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: server.host, port: server.port, noDelay: true })
    const settle = (finish: () => void) => {
      signal.removeEventListener('abort', abort)
      socket.removeAllListeners().on('error', ignoreLateError)
      socket.destroy()
      finish()
    }
    const abort = () => settle(() => reject(signal.reason))
    signal.addEventListener('abort', abort)
    socket.on('error', (error) => settle(() => reject(error)))
    socket.on('close', () => settle(() => reject(new Error('the connection was closed without an answer'))))
    const message = encodeQuestion(id, question, extended)
    socket.on('connect', () => socket.write(Buffer.concat([lengthOf(message), message])))
    let received: Buffer = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      const answer = framed(received)
      if (!answer) return
      const response = decodeResponse(answer, id, question)
      if (response) settle(() => resolve(response))
      else settle(() => reject(new Error('the answer is to another question')))
    })
  })
}

/** RFC 1035 §4.2.2: "a two byte length field which gives the message length". */
function framed(received: Buffer): Buffer | undefined {
  if (received.length < 2) return undefined
  const end = 2 + received.readUInt16BE(0)
  return received.length < end ? undefined : received.subarray(2, end)
}

function lengthOf({ length }: Uint8Array): Uint8Array {
  return Uint8Array.of(length >> 8, length & 0xff)
}

/** The question is settled: what the system still says about its socket concerns nobody. */
function ignoreLateError(): void {}
