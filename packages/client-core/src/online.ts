import type { Signal } from './abort.ts'
import { ClientError } from './client-error.ts'
import type { ConnectionState } from './connection-state.ts'
import type { Listeners } from './listeners.ts'

/** Resolves when the state is online, at once if it is; rejects when it is closed, or the signal says so. */
export function untilOnline(
  state: ConnectionState,
  states: Listeners<ConnectionState>,
  signal: Signal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: ClientError) => {
      remove()
      signal?.removeEventListener('abort', abort)
      if (error) reject(error)
      else resolve()
    }
    const abort = () => settle(new ClientError('aborted', { cause: signal?.reason }))
    const judge = (current: ConnectionState) => {
      if (current.status === 'online') settle()
      else if (current.status === 'closed') settle(current.error ?? new ClientError('closed'))
    }
    const remove = states.add(judge)
    signal?.addEventListener('abort', abort)
    if (signal?.aborted) abort()
    else judge(state)
  })
}
