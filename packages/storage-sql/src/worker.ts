import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { type BackupOptions, backUp } from './backup.ts'
import type { Failure, Reply, Request, WorkerOptions } from './messages.ts'
import { toStorageError } from './sqlite-error.ts'
import { SqliteFile } from './sqlite-file.ts'

/** A thread that makes one backup and ends. */
function serveBackup(port: MessagePort, options: BackupOptions): void {
  try {
    backUp(options)
    port.postMessage({ done: true } satisfies Reply)
  } catch (error) {
    const { code, message }: Failure = toStorageError(error, options.destination)
    port.postMessage({ failure: { code, message } } satisfies Reply)
  }
}

/** Milliseconds without a request before the thread does what can wait, and between two steps of that. */
const IDLE = 1000
const SHORT_REST = 5

/** The thread that owns the database: answers each request in turn. */
function serve(port: MessagePort, options: WorkerOptions): void {
  const reply = (message: Reply) => port.postMessage(message)
  const file = open(options, reply)
  if (file === undefined) {
    port.close()
    return
  }
  let idle: NodeJS.Timeout | undefined
  // What can wait is done a step at a time, when nothing was asked for a while.
  const tidy = () => {
    if (file.tidy()) idle = setTimeout(tidy, SHORT_REST)
  }
  port.on('message', (request: Request) => {
    clearTimeout(idle)
    if ('operations' in request) {
      reply(file.answer(request))
      file.settle()
      idle = setTimeout(tidy, IDLE)
    } else {
      file.close()
      port.close()
    }
  })
  reply({ ready: true })
}

function open(options: WorkerOptions, reply: (message: Reply) => void): SqliteFile | undefined {
  try {
    return new SqliteFile(options)
  } catch (error) {
    const { code, message }: Failure = toStorageError(error, options.file)
    reply({ failure: { code, message } })
    return undefined
  }
}

const options: WorkerOptions | BackupOptions = workerData
if (parentPort !== null) {
  if ('destination' in options) serveBackup(parentPort, options)
  else serve(parentPort, options)
}
