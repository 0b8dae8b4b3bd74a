import type { Connection } from '@parlour/transport'
import { type Captures, comparable, describe, expectedTokens, fill, mismatch } from './pattern.ts'
import { readTokens, type Token } from './tokens.ts'

declare const TextDecoder: { new (): { decode(bytes: Uint8Array, options: { stream: boolean }): string } }

/** The signal by which a test ends its waiting: the `signal` of vitest's test context will do. */
export interface AbortSignalLike {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void): void
}

/** The other side did not say what was expected. The message tells what, what came instead, and all that was received. */
export class DialogueError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DialogueError'
  }
}

/**
 * A peer that says what the test tells it to, and compares what it hears with patterns: XML in which `*` stands for
 * any text in a value and `{name}` for one that is remembered. Order of attributes, quotes and white space between
 * tags do not matter; `xmlns` is compared as it stands on the wire.
 *
 * @example
 * ```ts
 * const [mine, theirs] = createMemoryPair()
 * const peer = new ScriptedPeer(mine)
 * theirs.onData(() => theirs.write('<pong id="7"/>'))
 * peer.send('<ping/>')
 * await peer.expect('<pong id="{id}"/>')
 * console.log(peer.captures.get('id'))   // 7
 * ```
 */
export class ScriptedPeer {
  /** What each `{name}` stood for. */
  readonly captures: Captures
  readonly #connection: Connection
  readonly #decoder = new TextDecoder()
  readonly #signal: AbortSignalLike | undefined
  #tokens: Token[] = []
  #rest = ''
  #heard = ''
  #closed = false
  #error: Error | undefined
  #wake: (() => void) | undefined

  constructor(connection: Connection, options: { signal?: AbortSignalLike; captures?: Captures } = {}) {
    this.#connection = connection
    this.#signal = options.signal
    this.captures = options.captures ?? new Map()
    connection.onData((chunk) => this.#receive(chunk))
    connection.onClose((error) => this.#close(error))
    options.signal?.addEventListener('abort', () => this.#wake?.())
  }

  /** Everything heard so far, for messages. */
  get heard(): string {
    return this.#heard
  }

  /** Says it, with captured names filled in. */
  send(xml: string): void {
    this.#connection.write(fill(xml, this.captures))
  }

  /** Waits for what the pattern describes, and takes it. @throws {DialogueError} if something else comes, or nothing. */
  async expect(pattern: string): Promise<void> {
    for (const wanted of expectedTokens(pattern)) {
      const token = await this.#next(describe(wanted))
      const fault = mismatch(wanted, token, this.captures)
      if (fault) throw new DialogueError(`${fault}\nin ${pattern}\nheard: ${this.#heard}`)
    }
  }

  /**
   * Passes over what comes until the pattern has come, and takes that too. Names are remembered from the pattern only.
   * @throws {DialogueError} if it never comes
   */
  async expectUntil(pattern: string): Promise<void> {
    const wanted = expectedTokens(pattern)
    let heard: Token[] = []
    const differs = (captures: Captures) => wanted.some((token, i) => mismatch(token, heard[i] as Token, captures))
    do {
      heard = [...heard, await this.#next(pattern)].slice(-wanted.length)
    } while (heard.length < wanted.length || differs(new Map(this.captures)))
    differs(this.captures)
  }

  /** Waits until the other side has closed. @throws {DialogueError} if it says anything more, or the signal ends the wait. */
  async expectClosed(): Promise<Error | undefined> {
    while (!this.#closed && this.#tokens.length === 0) await this.#wait('the connection to close')
    if (this.#tokens.length > 0)
      throw new DialogueError(
        `expected the connection to close, got ${describe(this.#tokens[0])}\nheard: ${this.#heard}`,
      )
    return this.#error
  }

  /** Secures the connection. What was heard in plain and not yet expected is forgotten. */
  async startTls(): Promise<void> {
    this.#tokens = []
    this.#rest = ''
    await this.#connection.startTls()
  }

  /** Closes in order. */
  end(): void {
    this.#connection.end()
  }

  async #next(wanted: string): Promise<Token> {
    for (;;) {
      const token = this.#tokens.shift()
      if (token) return token
      if (this.#closed)
        throw new DialogueError(`expected ${wanted}, but the connection is closed\nheard: ${this.#heard}`, {
          cause: this.#error,
        })
      await this.#wait(wanted)
    }
  }

  async #wait(wanted: string): Promise<void> {
    await new Promise<void>((resolve) => {
      if (this.#signal?.aborted) resolve()
      else this.#wake = resolve
    })
    this.#wake = undefined
    if (this.#signal?.aborted)
      throw new DialogueError(`expected ${wanted}, but nothing more came\nheard: ${this.#heard}`)
  }

  #receive(chunk: Uint8Array | string): void {
    const text = typeof chunk === 'string' ? chunk : this.#decoder.decode(chunk, { stream: true })
    this.#heard += text
    const { tokens, rest } = readTokens(this.#rest + text)
    this.#rest = rest
    this.#tokens.push(...comparable(tokens))
    this.#wake?.()
  }

  #close(error: Error | undefined): void {
    this.#closed = true
    this.#error = error
    this.#wake?.()
  }
}
