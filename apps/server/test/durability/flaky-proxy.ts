import type { Server, Socket } from 'node:net'
import { type Line, LineProxy, listenAnywhere } from '../support/line-proxy.ts'

/** What a bad network does to the connections of one device. */
export type Trouble =
  /** Both ends learn at once that the connection is gone. */
  | 'cut'
  /** Nothing passes for a while, then everything that waited does, at once. */
  | 'stall'
  /** The same of what the device sends alone: its acknowledgements come late, and many at once. */
  | 'late'
  /** What is sent vanishes; the device learns of it only after a while, the server later still. */
  | 'half-open'
  /**
   * The device goes on with another connection, while the server still has the old one and writes to it; what the device
   * had sent on the old one comes only when it has resumed on the new one.
   */
  | 'overtaken'
  /** Every piece takes a different time; their order stays, as TCP keeps it. */
  | 'jitter'

export const TROUBLES: readonly Trouble[] = ['cut', 'stall', 'late', 'half-open', 'overtaken', 'jitter']

/** Milliseconds that pieces take at most: of a connection without trouble, and of one with jitter. */
const LATENCY = 25
const JITTER = 60

interface FlakyLine extends Line {
  /** Milliseconds that a piece takes to each end: no two connections are alike, nor the two ways of one. */
  readonly latency: ReadonlyMap<Socket, number>
  /** When the next piece may pass, to each end. */
  readonly free: Map<Socket, number>
  /** What is on its way to each end, in order. */
  readonly onTheWay: ReadonlyMap<Socket, Buffer[]>
  /** Nothing passes to these ends any more. */
  readonly lost: Set<Socket>
}

/** A port before that of a server, with a network behind it that is as bad as it is told to be. */
export class FlakyProxy extends LineProxy<FlakyLine> {
  readonly #random: () => number
  #jitterUntil = 0

  static async before(port: number, random: () => number): Promise<FlakyProxy> {
    return new FlakyProxy(await listenAnywhere(), port, random)
  }

  private constructor(server: Server, target: number, random: () => number) {
    super(server, target)
    this.#random = random
  }

  /** Makes trouble for all connections that stand, for so many milliseconds. */
  trouble(kind: Trouble, milliseconds: number): void {
    const until = performance.now() + milliseconds
    if (kind === 'jitter') this.#jitterUntil = until
    for (const line of [...this.lines].filter(({ isCut }) => !isCut)) {
      if (kind === 'stall') this.#hold(line, until, line.inside, line.outside)
      else if (kind === 'late') this.#hold(line, until, line.inside)
      else if (kind === 'cut') this.end(line)
      else if (kind === 'half-open') this.#lose(line, milliseconds)
      else if (kind === 'overtaken') this.#overtake(line, until, milliseconds)
    }
  }

  protected open(outside: Socket, inside: Socket): FlakyLine {
    const ends = [outside, inside]
    const latency = new Map(ends.map((end) => [end, this.#random() * LATENCY]))
    const onTheWay = new Map(ends.map((end) => [end, []]))
    return { outside, inside, latency, onTheWay, free: new Map(), lost: new Set(), isCut: false }
  }

  protected pass(line: FlakyLine, chunk: Buffer, _from: Socket, to: Socket): void {
    const pieces = line.onTheWay.get(to) as Buffer[]
    pieces.push(chunk)
    this.later(this.#wait(line, to), () => {
      // Timers of different lengths do not always go off in order: it is the first piece that passes.
      const first = pieces.shift()
      if (first && !line.lost.has(to) && !to.destroyed) to.write(first)
    })
  }

  /** Milliseconds until a piece may pass: none before the one in front of it. */
  #wait(line: FlakyLine, to: Socket): number {
    const now = performance.now()
    const jitter = now < this.#jitterUntil ? this.#random() * JITTER : 0
    const at = Math.max(now + (line.latency.get(to) ?? 0) + jitter, line.free.get(to) ?? 0)
    line.free.set(to, at)
    return Math.ceil(at - now)
  }

  #hold(line: FlakyLine, until: number, ...ends: readonly Socket[]): void {
    for (const end of ends) line.free.set(end, Math.max(until, line.free.get(end) ?? 0))
  }

  #lose(line: FlakyLine, milliseconds: number): void {
    line.isCut = true
    for (const end of [line.outside, line.inside]) line.lost.add(end)
    this.later(milliseconds / 2, () => line.outside.resetAndDestroy())
    this.later(milliseconds, () => this.end(line))
  }

  #overtake(line: FlakyLine, until: number, milliseconds: number): void {
    line.isCut = true
    line.lost.add(line.outside)
    this.#hold(line, until, line.inside)
    // By then some of what the device writes waits here.
    this.later(milliseconds / 4, () => line.outside.resetAndDestroy())
    this.later(milliseconds * 1.5, () => this.end(line))
  }
}
