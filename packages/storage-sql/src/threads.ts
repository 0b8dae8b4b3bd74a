import { Worker } from 'node:worker_threads'
import { StorageError } from '@parlour/storage'
import type { BackupOptions } from './backup.ts'
import type { Failure, Reply, WorkerOptions } from './messages.ts'

/** Starts the thread that owns a database, or one that makes a backup; from the sources or from the build. */
export function startWorker(options: WorkerOptions | BackupOptions): Worker {
  const fromSource = import.meta.url.endsWith('.ts')
  return new Worker(new URL(fromSource ? './worker.ts' : './worker.js', import.meta.url), {
    workerData: options,
    execArgv: fromSource ? ['--conditions=@parlour/source'] : [],
    name: 'storage',
  })
}

/** Makes a backup by a thread of its own. */
export async function runBackup(options: BackupOptions): Promise<void> {
  if (options.file === ':memory:') throw new StorageError('invalid', 'a storage in memory cannot be backed up')
  const worker = startWorker(options)
  const reply = await new Promise<Reply>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', (cause) => {
      reject(new StorageError('unavailable', `${options.destination}: the backup failed`, { cause }))
    })
  })
  await worker.terminate()
  if ('failure' in reply) throw toError(reply.failure)
}

/** The error that a failure stands for. */
export function toError({ code, message }: Failure): StorageError {
  return new StorageError(code, message)
}
