import type { Environment } from '@parlour/stream-negotiation'
import { StreamError } from '@parlour/xml-stream'

/** A stream of whatever kind, as far as its end is concerned. */
export interface OpenStream {
  /** It carries what the ends of other streams lead to, and so ends after them. */
  readonly endsLast?: boolean
  close(error?: StreamError): void
  destroy(): void
}

/** The streams whose connections stand, and the work that goes on for them: what a server waits for when it stops. */
export class OpenStreams {
  readonly #environment: Environment
  readonly #streams = new Set<OpenStream>()
  #working = 0
  #idle: (() => void) | undefined

  constructor(environment: Environment) {
    this.#environment = environment
  }

  get size(): number {
    return this.#streams.size
  }

  opened(stream: OpenStream): void {
    this.#streams.add(stream)
  }

  gone(stream: OpenStream): void {
    this.#streams.delete(stream)
    this.#checkIdle()
  }

  /** Something that ought to end before the storage is closed. */
  track<Value>(work: Promise<Value>): Promise<Value> {
    this.#working++
    const done = (): void => {
      this.#working--
      this.#checkIdle()
    }
    work.then(done, done)
    return work
  }

  /**
   * Ends with `system-shutdown` the streams that do not end last. What their ends lead to at once has been written to
   * those when the promise resolves.
   */
  async endFirst(): Promise<void> {
    for (const stream of [...this.#streams]) if (!stream.endsLast) stream.close(new StreamError('system-shutdown'))
    await Promise.resolve()
  }

  /**
   * Ends every stream with `system-shutdown` (RFC 6120 §4.9.3.20), then waits, `graceMs` at most, until the connections
   * are gone and all work is done. What is left then is dropped.
   */
  async shutDown(graceMs: number): Promise<void> {
    for (const stream of [...this.#streams]) stream.close(new StreamError('system-shutdown'))
    if (graceMs > 0 && !this.#isIdle()) await this.#settled(graceMs)
    for (const stream of [...this.#streams]) stream.destroy()
  }

  #settled(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#environment.setTimer(graceMs, resolve)
      this.#idle = () => {
        cancel()
        resolve()
      }
    })
  }

  #isIdle(): boolean {
    return this.#streams.size === 0 && this.#working === 0
  }

  #checkIdle(): void {
    if (this.#idle && this.#isIdle()) this.#idle()
  }
}
