import assert from 'node:assert/strict'
import { once } from 'node:events'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { withTimeLimit } from '../support/waiting.ts'
import type { ChatPair, ChatReport } from './chat-pair.ts'
import { type DomainServer, PASSWORD } from './network.ts'

type Reports = Readonly<Record<string, ChatReport>>

/** How much slower bystanders may become (95 of 100 exchanges), and what counts as no slower whatever it was before. */
const SLOWER = 2
const FLOOR = 25
/** Milliseconds in which it is measured what is usual. */
const USUAL_TIME = 2_000

/** Accounts that {@link Bystanders} sign in to. */
export const BYSTANDERS = ['left', 'right'] as const

/** Two who chat on one server, and two who chat across: what others do is nothing that they should notice. */
export class Bystanders implements Disposable {
  readonly #worker: Worker
  #failure: unknown
  #usual: Reports = {}

  private constructor(pairs: readonly ChatPair[]) {
    const workerData = { pairs, password: PASSWORD }
    this.#worker = new Worker(join(import.meta.dirname, 'chat-pair.ts'), { workerData, execArgv: [] })
    this.#worker.on('error', (error) => {
      this.#failure = error
    })
  }

  static start(server: DomainServer, healthy: DomainServer): Bystanders {
    const end = ({ target }: DomainServer, username: string) => ({ target, username })
    return new Bystanders([
      { name: 'local', ends: [end(server, 'left'), end(server, 'right')] },
      { name: 'remote', ends: [end(server, 'left'), end(healthy, 'right')] },
    ])
  }

  /** Measures what is usual. */
  async calm(): Promise<void> {
    await this.#report()
    await new Promise((resolve) => setTimeout(resolve, USUAL_TIME))
    this.#usual = await this.#report()
    for (const [name, { exchanges }] of Object.entries(this.#usual)) assert.ok(exchanges > 20, `the ${name} pair chats`)
  }

  /** What they noticed since {@link calm}; rejects when it was too much. */
  async verdict(): Promise<string> {
    const reports = await this.#report()
    const told = Object.entries(reports).map(([name, now]) => ({ name, now, usual: this.#usual[name] as ChatReport }))
    const text = told.map(({ name, now, usual }) => {
      const ratio = `p95 ${usual.p95.toFixed(1)} → ${now.p95.toFixed(1)} ms, ×${(now.p95 / usual.p95).toFixed(2)}`
      return `${name} pair ${ratio}, slowest ${now.slowest.toFixed(0)} ms of ${now.exchanges}`
    })
    for (const { name, now, usual } of told) {
      assert.ok(now.exchanges > 0, `the ${name} pair went on: ${text.join('; ')}`)
      assert.ok(now.p95 <= Math.max(SLOWER * usual.p95, FLOOR), `the ${name} pair was slowed down: ${text.join('; ')}`)
    }
    return text.join('; ')
  }

  async #report(): Promise<Reports> {
    if (this.#failure) throw this.#failure
    this.#worker.postMessage('report')
    const [reports] = await withTimeLimit(once(this.#worker, 'message'), 30_000, 'report of the bystanders')
    return reports
  }

  [Symbol.dispose](): void {
    void this.#worker.terminate()
  }
}
