import { connect, createServer, type Server, type Socket } from 'node:net'

/** How a connection through the proxy comes to its end. */
export type Cut =
  /** Both sides learn of it at once. */
  | 'reset'
  /** Nothing passes for a while; then both sides learn of it, and what was on its way is gone. */
  | 'stall'
  /** The side that connected learns of it at once, the other only after a while in which it hears nothing. */
  | 'half-open'
  /** The other way round. */
  | 'half-open, accepting side first'

export const CUTS: readonly Cut[] = ['reset', 'stall', 'half-open', 'half-open, accepting side first']

interface Line {
  readonly outside: Socket
  readonly inside: Socket
  /** Octets that passed. */
  passed: number
  isCut: boolean
}

/** Lines that carried so much had a stream between servers established. */
const NEGOTIATED = 12_000

/** A port before that of a server, where connections can be cut in every way that networks know. */
export class CutProxy implements AsyncDisposable {
  readonly port: number
  #opened = 0
  readonly #server: Server
  readonly #lines = new Set<Line>()
  readonly #timers = new Set<NodeJS.Timeout>()

  static async before(port: number): Promise<CutProxy> {
    const server = createServer()
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
    return new CutProxy(server, port)
  }

  private constructor(server: Server, target: number) {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
    this.port = address.port
    this.#server = server
    server.on('connection', (outside: Socket) => this.#join(outside, connect(target, '127.0.0.1')))
  }

  /** Connections that came so far. */
  get opened(): number {
    return this.#opened
  }

  /** Those that carry stanzas, as far as their size tells. */
  get carrying(): number {
    return this.#carrying().length
  }

  /** Cuts all connections that carry stanzas; `silence`: milliseconds until whoever is not told at once is. */
  cut(how: Cut, silence: number): void {
    for (const line of this.#carrying()) {
      line.isCut = true
      for (const socket of [line.outside, line.inside]) socket.removeAllListeners('data')
      // What is still read here goes nowhere.
      for (const socket of [line.outside, line.inside]) socket.on('data', () => {})
      if (how === 'half-open' || how === 'reset') line.outside.resetAndDestroy()
      if (how === 'half-open, accepting side first' || how === 'reset') line.inside.resetAndDestroy()
      this.#later(silence, () => this.#end(line))
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer)
    for (const line of this.#lines) this.#end(line)
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #carrying(): Line[] {
    return [...this.#lines].filter(({ passed, isCut }) => passed > NEGOTIATED && !isCut)
  }

  #join(outside: Socket, inside: Socket): void {
    this.#opened++
    const line: Line = { outside, inside, passed: 0, isCut: false }
    this.#lines.add(line)
    this.#pass(line, outside, inside)
    this.#pass(line, inside, outside)
  }

  #pass(line: Line, from: Socket, to: Socket): void {
    from.setNoDelay(true)
    from.on('data', (chunk: Buffer) => {
      line.passed += chunk.length
      if (to.write(chunk) || line.isCut) return
      from.pause()
      to.once('drain', () => from.resume())
    })
    // One end is gone, so is the other; the order in a cut is that of the cut.
    from.on('error', () => {})
    from.on('close', () => {
      if (!line.isCut) this.#end(line)
    })
  }

  #end(line: Line): void {
    line.outside.destroy()
    line.inside.destroy()
    this.#lines.delete(line)
  }

  #later(milliseconds: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      act()
    }, milliseconds)
    this.#timers.add(timer)
  }
}
