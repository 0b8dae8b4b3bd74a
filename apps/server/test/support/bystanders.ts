import assert from 'node:assert/strict'
import { once } from 'node:events'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { ChatPair, ChatReport } from './chat-pair.ts'
import { type Scheduled, scheduledOf, stretchSince } from './scheduled.ts'
import { until, withTimeLimit } from './waiting.ts'

/** How pairs chatted in a while, and in the calm before, by their names. */
export interface Noticed {
  readonly now: Readonly<Record<string, ChatReport>>
  readonly usual: Readonly<Record<string, ChatReport>>
  /** The name of the control pair. */
  readonly control: string
  /** How many times as long as its work took the server, because others had the processor (`stretchSince`). */
  readonly stretch: number
}

/** Who chats. */
export interface BystanderPairs {
  /** Those who must not notice what others do to their server. */
  readonly pairs: readonly ChatPair[]
  /** They chat on a server to which nobody does anything: what slows them down too is the machine. */
  readonly control: ChatPair
  /** The process of the server that they must not notice anything of. */
  readonly pid: number
  readonly password: string
}

/** What others may notice at the most. */
export interface Bearable {
  /** Of the times of all exchanges. */
  readonly of: 'median' | 'p95'
  /** How much slower that may become than it was in the calm, beyond what the control became slower. */
  readonly slower: number
  /** Milliseconds that count as no slower whatever it was before, where nobody else has the processor. */
  readonly floor: number
}

/** Exchanges of each pair that tell what is usual. */
const ENOUGH = 20

/** Pairs who chat all the time while others misbehave: that is nothing that they should notice. */
export class Bystanders implements Disposable {
  readonly #worker: Worker
  readonly #control: string
  readonly #pid: number
  #calmed: Scheduled = { ran: 0, waited: 0 }
  #failure: unknown
  #usual: Readonly<Record<string, ChatReport>> = {}

  constructor({ pairs, control, pid, password }: BystanderPairs) {
    const workerData = { pairs: [...pairs, control], password }
    this.#control = control.name
    this.#pid = pid
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
    this.#calmed = scheduledOf(this.#pid)
  }

  /** What they noticed since {@link calm}; rejects when it was too much. */
  async verdict(bearable: Bearable): Promise<string> {
    const now = await this.#report()
    const stretch = stretchSince(this.#calmed, scheduledOf(this.#pid))
    return judge({ now, usual: this.#usual, control: this.#control, stretch }, bearable)
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

/** @returns what they noticed, in words; throws when it was too much */
export function judge({ now, usual, control, stretch }: Noticed, bearable: Bearable): string {
  const { of, slower, floor } = bearable
  const all = Object.keys(usual).map((name) => {
    const [before, after] = [usual[name] as ChatReport, now[name] as ChatReport]
    return { name, before: before[of], after: after[of], slowest: after.slowest, exchanges: after.exchanges }
  })
  const text = all.map(
    ({ name, before, after, slowest, exchanges }) =>
      `${name} pair ${of} ${before.toFixed(1)} → ${after.toFixed(1)} ms, ×${(after / before).toFixed(2)}, slowest ${slowest.toFixed(0)} ms of ${exchanges}`,
  )
  const told = `${text.join('; ')}; others had the processor: the server took ×${stretch.toFixed(2)}`
  const ofMachine = Math.max(1, ...all.flatMap(({ name, before, after }) => (name === control ? after / before : [])))
  for (const { name, before, after } of all) {
    const isSlow =
      name !== control && !(after <= Math.max(slower * before * ofMachine, floor * Math.max(ofMachine, stretch)))
    assert.ok(!isSlow, `the ${name} pair was slowed down: ${told}`)
  }
  return told
}
