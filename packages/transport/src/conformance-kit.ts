import type { Connection } from './connection.ts'

declare const TextDecoder: { new (): { decode(bytes?: Uint8Array, options?: { stream: boolean }): string } }

/** Two connected ends, newly made, and how to clear up what is behind them (a listener). */
export interface ConformancePair {
  readonly client: Connection
  readonly server: Connection
  close?(): Promise<void> | void
}

/** Makes a pair for a case. */
export type ConformanceRun = () => Promise<ConformancePair>

/** One thing that a connection must do. */
export interface ConformanceCase {
  /** What must be so, for the title of a test. */
  readonly title: string
  /** Needs ends that are plain and accept `startTls()`. */
  readonly tls: boolean
  /** Rejects with an Error that says what was not so. */
  run(connect: ConformanceRun): Promise<void>
}

/** Wraps a case's body: makes the pair, and clears up afterwards. */
export function conformanceCase(
  title: string,
  body: (pair: ConformancePair) => Promise<void>,
  tls = false,
): ConformanceCase {
  const run = async (connect: ConformanceRun) => {
    const pair = await connect()
    try {
      await body(pair)
    } finally {
      pair.client.destroy()
      pair.server.destroy()
      await pair.close?.()
    }
  }
  return { title, tls, run }
}

export function equal(actual: unknown, expected: unknown, what: string): void {
  if (actual !== expected) throw new Error(`${what}: expected ${show(expected)}, got ${show(actual)}`)
}

function show(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length > 200 ? `${text.slice(0, 200)}… (${text.length} characters)` : text
}

/** Collects what a connection delivers. */
export class Inbox {
  text = ''
  readonly #decoder = new TextDecoder()
  #wanted: { length: number; resolve(text: string): void } | undefined

  constructor(connection: Connection) {
    connection.onData((chunk) => {
      this.text += typeof chunk === 'string' ? chunk : this.#decoder.decode(chunk, { stream: true })
      if (this.#wanted && this.text.length >= this.#wanted.length) this.#wanted.resolve(this.text)
    })
  }

  /** Waits until this many UTF-16 units have come. */
  read(length: number): Promise<string> {
    if (this.text.length >= length) return Promise.resolve(this.text)
    return new Promise((resolve) => {
      this.#wanted = { length, resolve }
    })
  }

  async expect(text: string, what: string): Promise<void> {
    equal(await this.read(text.length), text, what)
  }
}

/** How a connection closed, and how often it said so. */
export class Closing {
  count = 0
  readonly done: Promise<Error | undefined>

  constructor(connection: Connection) {
    this.done = new Promise((resolve) => {
      connection.onClose((error) => {
        this.count++
        resolve(error)
      })
    })
  }
}

/** Waits for something sent the other way, so that what was sent before has had its time. */
export async function roundTrip(from: Connection, to: Connection): Promise<void> {
  const inbox = new Inbox(to)
  from.write('round trip')
  await inbox.expect('round trip', 'what comes back')
}
