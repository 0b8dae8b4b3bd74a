import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import type { Failure, Reply, Request, WorkerOptions } from './messages.ts'
import { toStorageError } from './sqlite-error.ts'
import { SqliteFile } from './sqlite-file.ts'

/** The thread that owns the database: answers each request in turn. */
function serve(port: MessagePort, options: WorkerOptions): void {
  const reply = (message: Reply) => port.postMessage(message)
  const file = open(options, reply)
  if (file === undefined) {
    port.close()
    return
  }
  port.on('message', (request: Request) => {
    if ('operations' in request) reply(file.answer(request))
    else if ('backup' in request) void file.backup(request.backup).then((failure) => reply({ backup: failure }))
    else {
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

if (parentPort !== null) serve(parentPort, workerData as WorkerOptions)
