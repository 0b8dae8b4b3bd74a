import { once } from 'node:events'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { RawTarget } from '../support/raw-client.ts'
import type { ServerProcess } from '../support/server-process.ts'
import { withTimeLimit } from '../support/waiting.ts'
import type { PairReport } from './pair.ts'

/** Two clients that chat all the time and must not notice what others do. */
export class Bystanders implements Disposable {
  readonly #worker: Worker
  #failure: Error | undefined

  private constructor(worker: Worker) {
    this.#worker = worker
    worker.on('error', (error) => {
      this.#failure = error instanceof Error ? error : new Error(String(error))
    })
  }

  static async start(server: ServerProcess, target: RawTarget): Promise<Bystanders> {
    const names = ['left', 'right']
    for (const name of names) await server.createAccount(`${name}@localhost`, 'bystander')
    const workerData = { target, names, password: 'bystander' }
    return new Bystanders(new Worker(join(import.meta.dirname, 'pair.ts'), { workerData, execArgv: [] }))
  }

  /** How the chat went since the last report; rejects when it broke. */
  async report(): Promise<PairReport> {
    if (this.#failure) throw this.#failure
    this.#worker.postMessage('report')
    const [report] = await withTimeLimit(once(this.#worker, 'message'), 30_000, 'report of the bystanders')
    return report
  }

  [Symbol.dispose](): void {
    void this.#worker.terminate()
  }
}
