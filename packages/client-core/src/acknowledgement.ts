import { StanzaError } from '@parlour/stanza'
import type { Environment } from '@parlour/stream-negotiation'
import type { Signal } from './abort.ts'
import { ClientError } from './client-error.ts'

/** How long an acknowledgement is waited for. */
export interface AcknowledgementOptions {
  /** Milliseconds until the waiting ends with `timeout`. Default: as long as the client lives. */
  readonly timeoutMs?: number
  /** Ends the waiting with `aborted`. The stanza itself cannot be taken back. */
  readonly signal?: Signal
}

/** Sends through `send`, which is told whom to tell, and waits. */
export function untilAcknowledged(
  environment: Environment,
  { timeoutMs, signal }: AcknowledgementOptions,
  send: (settle: (error?: ClientError) => void) => Error | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(new ClientError('aborted', { cause: signal.reason }))
      return
    }
    const settle = (error?: Error) => {
      cancelTimer?.()
      signal?.removeEventListener('abort', abort)
      if (error) reject(error)
      else resolve()
    }
    const abort = () => settle(new ClientError('aborted', { cause: signal?.reason }))
    const expire = () => settle(new ClientError('timeout'))
    const cancelTimer = timeoutMs === undefined ? undefined : environment.setTimer(timeoutMs, expire)
    signal?.addEventListener('abort', abort)
    const error = send(settle)
    if (error) settle(error)
  })
}

/**
 * What is sent to the server is handled in order, so an answer, also one that refuses, tells that all before it has been
 * (RFC 6120 §10.1).
 */
export async function untilAnswered(ping: Promise<unknown>): Promise<void> {
  await ping.catch((error: unknown) => {
    if (error instanceof StanzaError) return
    const isGone = error instanceof ClientError && error.code === 'disconnected'
    throw isGone ? new ClientError('not-acknowledged', { cause: error }) : error
  })
}
