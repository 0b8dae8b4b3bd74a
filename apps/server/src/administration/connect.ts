import { connect, type Socket } from 'node:net'
import { onLines } from './lines.ts'
import type { OperationName, OperationParameters, OperationProgress, OperationResult } from './operations.ts'
import {
  type AdministrationAnswer,
  AdministrationError,
  type AdministrationRequest,
  MAX_ANSWER_LENGTH,
  PROTOCOL_VERSION,
} from './protocol.ts'
import { isUsablePath, socketPath } from './socket-path.ts'

/** Does operations on a server, wherever it is. */
export interface Administration extends AsyncDisposable {
  /** False: no server runs, and the storage is changed directly. */
  readonly isLive: boolean
  /**
   * `progress` is told what the operation reports before its result. Disposing ends what is under way.
   * @throws AdministrationError
   */
  run<Name extends OperationName>(
    name: Name,
    parameters: OperationParameters<Name>,
    progress?: (step: OperationProgress<Name>) => void,
  ): Promise<OperationResult<Name>>
}

/** The server that runs on a data folder, or `undefined` when none does. */
export async function connectToServer(dataFolder: string): Promise<Administration | undefined> {
  const path = socketPath(dataFolder)
  if (!isUsablePath(path)) return undefined
  const socket = await open(path)
  return socket && new SocketAdministration(socket)
}

const ABSENT = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTDIR'])

function open(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.removeAllListeners('error')
      resolve(socket)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (ABSENT.has(error.code ?? '')) resolve(undefined)
      else reject(new AdministrationError('unreachable', explain(path, error), { cause: error }))
    })
  })
}

function explain(path: string, error: NodeJS.ErrnoException): string {
  return error.code === 'EACCES'
    ? `the server's socket ${path} belongs to another user: run this command as the user who runs the server`
    : `the server's socket ${path} cannot be opened: ${error.message}`
}

interface Waiting {
  progress(step: unknown): void
  resolve(result: unknown): void
  reject(error: Error): void
}

class SocketAdministration implements Administration {
  readonly isLive = true
  readonly #socket: Socket
  readonly #waiting = new Map<number, Waiting>()
  #lastId = 0

  constructor(socket: Socket) {
    this.#socket = socket
    onLines(socket, MAX_ANSWER_LENGTH, (line) => this.#take(JSON.parse(line) as AdministrationAnswer))
    socket.on('error', () => {}) // 'close' follows, and tells those who wait.
    socket.on('close', () => this.#gone())
  }

  run<Name extends OperationName>(
    name: Name,
    parameters: OperationParameters<Name>,
    progress: (step: OperationProgress<Name>) => void = () => {},
  ): Promise<OperationResult<Name>> {
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) {
        reject(gone())
        return
      }
      this.#waiting.set(id, {
        progress: progress as (step: unknown) => void,
        resolve: resolve as (result: unknown) => void,
        reject,
      })
      const request: AdministrationRequest = { version: PROTOCOL_VERSION, id, operation: name, parameters }
      this.#socket.write(`${JSON.stringify(request)}\n`)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy()
  }

  #take(answer: AdministrationAnswer): void {
    const waiting = this.#waiting.get(answer.id)
    if ('progress' in answer) {
      waiting?.progress(answer.progress)
      return
    }
    this.#waiting.delete(answer.id)
    if ('error' in answer) waiting?.reject(new AdministrationError(answer.error.code, answer.error.message))
    else waiting?.resolve(answer.result)
  }

  #gone(): void {
    for (const { reject } of this.#waiting.values()) reject(gone())
    this.#waiting.clear()
  }
}

const gone = (): AdministrationError =>
  new AdministrationError(
    'gone',
    'the server ended before it answered, or has too many commands under way; look at its log',
  )
