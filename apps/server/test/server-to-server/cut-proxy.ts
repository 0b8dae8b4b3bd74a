import type { Server, Socket } from 'node:net'
import { type Line, LineProxy, listenAnywhere } from '../support/line-proxy.ts'

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

interface CountedLine extends Line {
  /** Octets that passed. */
  passed: number
}

/** Lines that carried so much had a stream between servers established. */
const NEGOTIATED = 12_000

/** A port before that of a server, where connections can be cut in every way that networks know. */
export class CutProxy extends LineProxy<CountedLine> {
  #opened = 0

  static async before(port: number): Promise<CutProxy> {
    return new CutProxy(await listenAnywhere(), port)
  }

  private constructor(server: Server, target: number) {
    super(server, target)
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
      // What is still read from here on goes nowhere.
      line.isCut = true
      for (const socket of [line.outside, line.inside]) socket.resume()
      if (how === 'half-open' || how === 'reset') line.outside.resetAndDestroy()
      if (how === 'half-open, accepting side first' || how === 'reset') line.inside.resetAndDestroy()
      this.later(silence, () => this.end(line))
    }
  }

  protected open(outside: Socket, inside: Socket): CountedLine {
    this.#opened++
    return { outside, inside, passed: 0, isCut: false }
  }

  protected pass(line: CountedLine, chunk: Buffer, from: Socket, to: Socket): void {
    if (line.isCut) return
    line.passed += chunk.length
    if (to.write(chunk)) return
    from.pause()
    to.once('drain', () => from.resume())
  }

  #carrying(): CountedLine[] {
    return [...this.lines].filter(({ passed, isCut }) => passed > NEGOTIATED && !isCut)
  }
}
