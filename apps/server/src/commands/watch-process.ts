import type { Logger } from '@parlour/server-core'
import { EXIT } from './command.ts'

/** Why a server ends. */
export type Ending =
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals }
  /** Something threw where nobody catches: the state of the process is not known any more. */
  | { readonly kind: 'fault'; readonly error: unknown }

/** What the world tells a process that serves. */
export interface ProcessWatch extends Disposable {
  readonly ending: Promise<Ending>
  /** SIGHUP. */
  onReload(callback: () => void): void
}

/** Milliseconds within which an ordered end has to come; afterwards the process ends anyway. */
const LONGEST_END = 15_000

/** Milliseconds within which a second signal is the first one again: a terminal and a package manager both pass Ctrl-C on. */
const SAME_SIGNAL = 500

/**
 * Listens to SIGTERM, SIGINT, SIGHUP and to uncaught errors. The first cause settles `ending`; another one after it,
 * or an end that takes too long, ends the process at once.
 */
export function watchProcess(log: Logger): ProcessWatch {
  const { promise: ending, resolve } = Promise.withResolvers<Ending>()
  let reload: (() => void) | undefined
  let endingSince: number | undefined
  const begin = (cause: Ending): void => {
    if (endingSince !== undefined) {
      if (cause.kind === 'signal' && performance.now() - endingSince < SAME_SIGNAL) return
      endNow(log, cause)
    }
    endingSince = performance.now()
    setTimeout(() => endNow(log, cause), LONGEST_END).unref()
    resolve(cause)
  }
  const listeners = {
    SIGTERM: () => begin({ kind: 'signal', signal: 'SIGTERM' }),
    SIGINT: () => begin({ kind: 'signal', signal: 'SIGINT' }),
    SIGHUP: () => reload?.(),
    uncaughtException: (error: unknown) => begin({ kind: 'fault', error }),
    unhandledRejection: (error: unknown) => begin({ kind: 'fault', error }),
  }
  for (const [event, listener] of Object.entries(listeners)) process.on(event, listener)
  // With nothing else to wait for (no port is open), the process has to stay all the same.
  const alive = setInterval(() => {}, 2 ** 30)
  return {
    ending,
    onReload: (callback) => {
      reload = callback
    },
    [Symbol.dispose]() {
      clearInterval(alive)
      for (const [event, listener] of Object.entries(listeners)) process.off(event, listener)
    },
  }
}

function endNow(log: Logger, cause: Ending): never {
  if (cause.kind === 'fault') log.error({ error: cause.error }, 'a fault while stopping: the process ends now')
  else log.warn({ signal: cause.signal }, 'told again, or took too long: the process ends now')
  process.exit(EXIT.failed)
}
