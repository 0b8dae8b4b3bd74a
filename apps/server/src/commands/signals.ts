import type { Logger } from '@parlour/server-core'

/** Waits for the first signal to end; a second one ends the process at once. */
export function waitForSignal(log: Logger): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let stopping = false
    const take = (signal: NodeJS.Signals): void => {
      if (stopping) {
        log.warn({ signal }, 'told to stop again: ending at once')
        process.exit(1)
      }
      stopping = true
      resolve(signal)
    }
    process.on('SIGTERM', take).on('SIGINT', take)
  })
}
