import { setTimeout as sleep } from 'node:timers/promises'
import { RawClient, type RawTarget } from '../support/raw-client.ts'

const PACE = 100

/** Somebody who stores nothing: two sessions that ping the server and see each other's presence, and a third that signs in. */
export class Bystander implements AsyncDisposable {
  /** Milliseconds that an answer took at most. */
  slowest = 0
  readonly #target: RawTarget
  readonly #writing: RawClient
  readonly #reading: RawClient
  #count = 0

  /** Signs in as `zoe`. */
  static async join(target: RawTarget): Promise<Bystander> {
    const [writing, reading] = [
      await RawClient.signedIn(target, 'zoe', 'secret', 'writing'),
      await RawClient.signedIn(target, 'zoe', 'secret', 'reading'),
    ]
    for (const client of [writing, reading]) client.write('<presence/>')
    await reading.take(/<presence [^>]*from='zoe@localhost\/writing'/)
    return new Bystander(target, writing, reading)
  }

  private constructor(target: RawTarget, writing: RawClient, reading: RawClient) {
    this.#target = target
    this.#writing = writing
    this.#reading = reading
  }

  async watchFor(milliseconds: number): Promise<void> {
    const end = performance.now() + milliseconds
    while (performance.now() < end) {
      await this.#timed(() => this.#writing.ping())
      await this.#timed(() => this.#tell())
      if (this.#count % 10 === 0) await this.#timed(() => this.#visit())
      await sleep(PACE)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of [this.#writing, this.#reading]) client.destroy()
  }

  async #tell(): Promise<void> {
    const status = `status ${++this.#count}`
    this.#writing.write(`<presence><status>${status}</status></presence>`)
    await this.#reading.take(new RegExp(`<status>${status}</status>`))
  }

  async #visit(): Promise<void> {
    const client = await RawClient.signedIn(this.#target, 'zoe', 'secret', `visit${this.#count}`)
    await client.ping()
    client.destroy()
  }

  async #timed(act: () => Promise<unknown>): Promise<void> {
    const start = performance.now()
    await act()
    this.slowest = Math.max(this.slowest, performance.now() - start)
  }
}
