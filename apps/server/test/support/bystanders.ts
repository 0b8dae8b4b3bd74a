import assert from 'node:assert/strict'
import { once } from 'node:events'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { ChatPair, ChatReport } from './chat-pair.ts'
import { until, withTimeLimit } from './waiting.ts'

/** What a pair chatted in a while, and in the calm before. */
interface Told {
  readonly name: string
  readonly now: ChatReport
  readonly usual: ChatReport
}

/** Who chats. */
export interface BystanderPairs {
  /** Those who must not notice what others do to their server. */
  readonly pairs: readonly ChatPair[]
  /** They chat on a server to which nobody does anything: what slows them down too is the machine. */
  readonly control: ChatPair
  readonly password: string
}

/** What others may notice at the most. */
export interface Bearable {
  /** Of the times of all exchanges. */
  readonly of: 'median' | 'p95'
  /** How much slower that may become than it was in the calm, beyond what the control became slower. */
  readonly slower: number
  /** Milliseconds that count as no slower whatever it was before, on a machine that slows nobody down. */
  readonly floor: number
}

/** Exchanges of each pair that tell what is usual. */
const ENOUGH = 20

/** Pairs who chat all the time while others misbehave: that is nothing that they should notice. */
export class Bystanders implements Disposable {
  readonly #worker: Worker
  readonly #control: string
  #failure: unknown
  #usual: Readonly<Record<string, ChatReport>> = {}

  constructor({ pairs, control, password }: BystanderPairs) {
    const workerData = { pairs: [...pairs, control], password }
    this.#control = control.name
    this.#worker = new Worker(join(import.meta.dirname, 'chat-pair.ts'), { workerData, execArgv: [] })
    this.#worker.on('error', (error) => {
      this.#failure = error
    })
  }

  /** Measures what is usual, for so many milliseconds at least. */
  async calm(milliseconds: number): Promise<void> {
    const isMeasured = async () => {
      this.#usual = await this.#report()
      return Object.values(this.#usual).every(({ exchanges }) => exchanges > ENOUGH)
    }
    await this.#report()
    await new Promise((resolve) => setTimeout(resolve, milliseconds))
    await until(isMeasured, 30_000, 'enough exchanges in the calm', milliseconds)
  }

  /** What they noticed since {@link calm}; rejects when it was too much. */
  async verdict(bearable: Bearable): Promise<string> {
    const reports = await this.#report()
    const all = Object.entries(reports).map(([name, now]) => ({ name, now, usual: this.#usual[name] as ChatReport }))
    const control = all.find(({ name }) => name === this.#control) as Told
    const text = all.map((told) => inWords(told, bearable)).join('; ')
    const ofMachine = Math.max(1, ratioOf(control, bearable))
    for (const told of all) {
      const { name, now, usual } = told
      if (told === control) continue
      const most = Math.max(bearable.slower * usual[bearable.of], bearable.floor) * ofMachine
      assert.ok(now[bearable.of] <= most, `the ${name} pair was slowed down: ${text}`)
    }
    return text
  }

  async #report(): Promise<Readonly<Record<string, ChatReport>>> {
    if (this.#failure) throw this.#failure
    this.#worker.postMessage('report')
    const [reports] = await withTimeLimit(once(this.#worker, 'message'), 30_000, 'report of the bystanders')
    return reports
  }

  [Symbol.dispose](): void {
    void this.#worker.terminate()
  }
}

const ratioOf = ({ now, usual }: Told, { of }: Bearable): number => now[of] / usual[of]

function inWords(told: Told, bearable: Bearable): string {
  const { name, now, usual } = told
  const times = `${bearable.of} ${usual[bearable.of].toFixed(1)} → ${now[bearable.of].toFixed(1)} ms`
  return `${name} pair ${times}, ×${ratioOf(told, bearable).toFixed(2)}, slowest ${now.slowest.toFixed(0)} ms of ${now.exchanges}`
}
