import type { Logger } from '@parlour/server-core'
import type { Storage, Write } from '@parlour/storage'
import type { Environment } from '@parlour/stream-negotiation'
import { Prober } from './prober.ts'
import { isStorageFailure, StorageHealth } from './storage-health.ts'

type Fields = Readonly<Record<string, unknown>>

/** A storage whose health is told in the log, and a log in which nobody else repeats that. */
export interface Watched<Watched extends Storage> {
  readonly storage: Watched
  readonly log: Logger
  readonly health: Pick<StorageHealth, 'isFailing'>
}

/** What is written to see whether the storage works again: always the same record. */
const PROBE: readonly Write[] = [{ type: 'put', store: 'storage-health', owner: 'server', key: 'probe', value: true }]

/** Watches the commits of a storage, which is changed for that. While it fails it is written to, lest nobody else does. */
export function watchStorage<Kind extends Storage>(
  storage: Kind,
  log: Logger,
  environment: Pick<Environment, 'now' | 'setTimer'>,
): Watched<Kind> {
  const health = new StorageHealth(log, () => environment.now())
  const [commit, close] = [storage.commit.bind(storage), storage.close.bind(storage)]
  const prober = new Prober(health, environment, () => commit(PROBE))
  const failed = (error: unknown): void => {
    health.failed(error)
    prober.start()
  }
  const watched = {
    commit(writes: readonly Write[]): Promise<void> {
      const committed = commit(writes)
      committed.then(health.worked, failed)
      return committed
    },
    close(): Promise<void> {
      health.closing()
      return close()
    },
  }
  return { storage: Object.assign(storage, watched), log: withoutRepetition(log, health), health }
}

/** Lines about a failure of the storage that was told go to `debug`. */
function withoutRepetition(log: Logger, health: StorageHealth): Logger {
  const quietly = (level: 'warn' | 'error') => (fields: Fields, message: string) => {
    const isTold = health.isFailing && [fields.error, (fields.error as Error | undefined)?.cause].some(isStorageFailure)
    log[isTold ? 'debug' : level](fields, message)
  }
  return {
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => log.info(fields, message),
    warn: quietly('warn'),
    error: quietly('error'),
    child: (fields) => withoutRepetition(log.child(fields), health),
  }
}
