import type { Worker } from 'node:worker_threads'
import { StorageError } from '@parlour/storage'
import type { ReadRequest, Reply, Word, WorkerOptions } from './messages.ts'
import { packOperations } from './operations-text.ts'
import { PendingBatch } from './pending.ts'
import { runBackup, startWorker, toError } from './threads.ts'

/** Bounds on what waits. */
export interface QueueBounds {
  readonly operations: number
  readonly length: number
}

/** What comes while a batch is on its way gathers here, and so shares the next fsync, and the writes that wait for it. */
const BATCHES_UNDER_WAY = 1
/** Bounds on one batch, so that one transaction stays short. */
const MAX_BATCH_SIZE = 2000
const MAX_BATCH_LENGTH = 8 * 1024 * 1024

/**
 * The main thread's side: gathers the operations of a turn of the event loop into one message to the worker, and holds
 * them back while the worker is busy.
 */
export class WorkerQueue {
  /** Resolves when the database is open; rejects with why it could not be. */
  readonly ready: Promise<void>
  readonly #worker: Worker
  readonly #exited: Promise<void>
  readonly #bounds: QueueBounds
  readonly #file: string
  readonly #gathering: PendingBatch[] = []
  readonly #underWay: PendingBatch[] = []
  readonly #backups = new Set<Promise<unknown>>()
  #size = 0
  #length = 0
  #scheduled = false
  #closing: Promise<void> | undefined
  #idle: (() => void) | undefined
  #broken: StorageError | undefined

  constructor(options: WorkerOptions, bounds: QueueBounds) {
    this.#file = options.file
    this.#bounds = bounds
    this.#worker = startWorker(options)
    this.#exited = new Promise((resolve) => this.#worker.once('exit', () => resolve()))
    this.ready = new Promise((resolve, reject) => {
      this.#worker.on('message', (reply: Reply) => {
        if ('ready' in reply) this.#opened(resolve)
        else if ('failure' in reply) this.#broken = toError(reply.failure)
        else if ('reads' in reply) this.#settleBatch(reply)
      })
      this.#worker.once('error', (cause: unknown) => this.#fail(cause, reject))
      this.#worker.once('exit', () => this.#fail(undefined, reject))
    })
  }

  /** Queues a commit, which `encode` appends to the words it is given. */
  commit(encode: (words: Word[]) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const refused = this.#refusal()
      if (refused !== undefined) return reject(refused)
      const batch = this.#batch()
      const from = batch.operations.length
      try {
        encode(batch.operations)
      } catch (error) {
        return reject(error)
      }
      batch.commitCallers.push({ resolve, reject })
      this.#count(batch, textLength(batch.operations, from))
    })
  }

  /** Queues a read, which sees all commits queued before it. */
  read<T>(request: ReadRequest): Promise<T> {
    return new Promise((resolve, reject) => {
      const refused = this.#refusal()
      if (refused !== undefined) return reject(refused)
      const batch = this.#batch()
      batch.reads.push(request)
      batch.readCallers.push({ resolve: resolve as (value: unknown) => void, reject })
      this.#count(batch, 0)
    })
  }

  /** Copies the database by a thread of its own; `close` waits for it. */
  backup(destination: string): Promise<void> {
    if (this.#closing !== undefined || this.#broken !== undefined) return Promise.reject(this.#unavailable())
    const backup = runBackup({ file: this.#file, destination })
    const settled = backup.catch(() => undefined).then(() => void this.#backups.delete(settled))
    this.#backups.add(settled)
    return backup
  }

  /** Lets everything queued finish, then ends the worker. */
  close(): Promise<void> {
    this.#closing ??= this.#drain().then(() => {
      this.#worker.ref()
      this.#worker.postMessage({ close: true })
      return this.#exited
    })
    return this.#closing
  }

  #opened(resolve: () => void): void {
    this.#worker.unref()
    resolve()
  }

  #refusal(): StorageError | undefined {
    if (this.#closing !== undefined || this.#broken !== undefined) return this.#unavailable()
    if (this.#size < this.#bounds.operations && this.#length < this.#bounds.length) return undefined
    return new StorageError('busy', `${this.#file}: ${this.#size} operations are waiting already, try again later`)
  }

  #unavailable(): StorageError {
    return this.#broken ?? new StorageError('unavailable', `${this.#file} is closed`)
  }

  /** The batch that gathers operations. */
  #batch(): PendingBatch {
    const last = this.#gathering.at(-1)
    if (last !== undefined && last.size < MAX_BATCH_SIZE && last.length < MAX_BATCH_LENGTH) return last
    const batch = new PendingBatch()
    this.#gathering.push(batch)
    return batch
  }

  #count(batch: PendingBatch, length: number): void {
    batch.length += length
    this.#length += length
    // While anything waits, the process stays alive.
    if (this.#size++ === 0) this.#worker.ref()
    if (this.#scheduled || this.#underWay.length >= BATCHES_UNDER_WAY) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#send()
    })
  }

  #send(): void {
    while (this.#underWay.length < BATCHES_UNDER_WAY && this.#broken === undefined) {
      const batch = this.#gathering.shift()
      if (batch === undefined) return
      this.#underWay.push(batch)
      this.#worker.postMessage({ operations: packOperations(batch.operations), reads: batch.reads })
    }
  }

  #settleBatch(reply: Extract<Reply, { reads: unknown }>): void {
    const batch = this.#underWay.shift()
    if (batch === undefined) return
    this.#size -= batch.size
    this.#length -= batch.length
    this.#send()
    for (const [index, failure] of reply.failures) batch.commitCallers[index]?.reject(toError(failure))
    // Those rejected are settled already: resolving them does nothing.
    for (const caller of batch.commitCallers) caller.resolve()
    for (const [index, answer] of reply.reads.entries()) {
      const caller = batch.readCallers[index]
      if ('failure' in answer) caller?.reject(toError(answer.failure))
      else caller?.resolve(answer.found)
    }
    if (this.#size > 0) return
    this.#worker.unref()
    this.#idle?.()
  }

  async #drain(): Promise<void> {
    await Promise.all(this.#backups)
    if (this.#size === 0 || this.#broken !== undefined) return
    await new Promise<void>((resolve) => {
      this.#idle = resolve
    })
  }

  /** The worker is gone: everything that waits, and all that follows, is refused. */
  #fail(cause: unknown, reject: (error: StorageError) => void): void {
    if (this.#closing !== undefined && this.#size === 0) return
    const reason = cause instanceof Error ? cause.message : 'it exited'
    const message = `${this.#file}: the storage's thread has ended (${reason}); what was under way may be stored or not`
    this.#broken ??= new StorageError('unavailable', message, { cause })
    reject(this.#broken)
    for (const batch of [...this.#underWay.splice(0), ...this.#gathering.splice(0)]) batch.rejectAll(this.#broken)
    this.#size = 0
    this.#idle?.()
  }
}

function textLength(words: readonly Word[], from: number): number {
  let length = 0
  for (let i = from; i < words.length; i++) {
    const word = words[i]
    if (typeof word === 'string') length += word.length
  }
  return length
}
