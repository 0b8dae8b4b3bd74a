import type { Server, Socket } from 'node:net'
import { type Line, LineProxy, listenAnywhere } from '../../support/line-proxy.ts'

/** The way to a server, for a client that cannot be told to lose its connection: it is cut, and opened again. */
export class CutLine extends LineProxy<Line> {
  #waiting: (() => void)[] | undefined

  static async before(port: number): Promise<CutLine> {
    return new CutLine(await listenAnywhere(), port)
  }

  private constructor(server: Server, target: number) {
    super(server, target)
  }

  /** Ends all connections; what comes by new ones waits for {@link reopen}. */
  cut(): void {
    for (const line of [...this.lines]) this.end(line)
    this.#waiting ??= []
  }

  reopen(): void {
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const write of waiting) write()
  }

  protected open(outside: Socket, inside: Socket): Line {
    return { outside, inside, isCut: false }
  }

  protected pass(line: Line, chunk: Buffer, from: Socket, to: Socket): void {
    if (this.#waiting) this.#waiting.push(() => this.pass(line, chunk, from, to))
    else if (!to.write(chunk)) {
      from.pause()
      to.once('drain', () => from.resume())
    }
  }
}
