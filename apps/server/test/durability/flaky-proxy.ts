import { connect, createServer, type Server, type Socket } from 'node:net'

/** What a bad network does to the connections of one device. */
export type Trouble =
  /** Both ends learn at once that the connection is gone. */
  | 'cut'
  /** Nothing passes for a while, then everything that waited does. */
  | 'stall'
  /** What is sent vanishes; the device learns of it only after a while, the server later still. */
  | 'half-open'
  /** Every piece takes a different time; their order stays, as TCP keeps it. */
  | 'jitter'

export const TROUBLES: readonly Trouble[] = ['cut', 'stall', 'half-open', 'jitter']

interface Line {
  readonly device: Socket
  readonly server: Socket
  /** Vanishes from now on. */
  isLost: boolean
  /** When the next piece may pass, in each direction. */
  readonly free: Map<Socket, number>
}

/** A port before that of a server, with a network behind it that is as bad as it is told to be. */
export class FlakyProxy implements AsyncDisposable {
  readonly port: number
  readonly #server: Server
  readonly #lines = new Set<Line>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #stalledUntil = 0
  #jitterUntil = 0
  readonly #random: () => number

  static async before(port: number, random: () => number): Promise<FlakyProxy> {
    const server = createServer()
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
    return new FlakyProxy(server, port, random)
  }

  private constructor(server: Server, target: number, random: () => number) {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
    this.port = address.port
    this.#server = server
    this.#random = random
    server.on('connection', (device: Socket) => this.#join(device, connect(target, '127.0.0.1')))
  }

  /** Makes trouble for all connections that stand, for so many milliseconds. */
  trouble(kind: Trouble, milliseconds: number): void {
    const until = performance.now() + milliseconds
    if (kind === 'stall') this.#stalledUntil = until
    else if (kind === 'jitter') this.#jitterUntil = until
    else for (const line of this.#lines) this.#lose(line, kind === 'cut' ? 0 : milliseconds)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer)
    for (const line of this.#lines) this.#end(line)
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #join(device: Socket, server: Socket): void {
    const line: Line = { device, server, isLost: false, free: new Map() }
    this.#lines.add(line)
    this.#pass(line, device, server)
    this.#pass(line, server, device)
  }

  #pass(line: Line, from: Socket, to: Socket): void {
    from.setNoDelay(true)
    from.on('data', (chunk: Buffer) => {
      const wait = this.#wait(line, to)
      if (wait === 0) this.#forward(line, to, chunk)
      else this.#later(wait, () => this.#forward(line, to, chunk))
    })
    // One end is gone, so is the other, unless the line was lost: then each learns of it in its own time.
    from.on('error', () => {})
    from.on('close', () => {
      if (!line.isLost) this.#end(line)
    })
  }

  #forward(line: Line, to: Socket, chunk: Buffer): void {
    if (!line.isLost && !to.destroyed) to.write(chunk)
  }

  /** Milliseconds until a piece may pass: none before the one in front of it. */
  #wait(line: Line, to: Socket): number {
    const now = performance.now()
    const jitter = now < this.#jitterUntil ? this.#random() * 60 : 0
    const at = Math.max(now + jitter, this.#stalledUntil, line.free.get(to) ?? 0)
    if (at <= now) return 0
    line.free.set(to, at)
    return Math.ceil(at - now)
  }

  #lose(line: Line, milliseconds: number): void {
    if (line.isLost) return
    line.isLost = true
    this.#later(milliseconds / 2, () => line.device.resetAndDestroy())
    this.#later(milliseconds, () => this.#end(line))
  }

  #end(line: Line): void {
    line.device.destroy()
    line.server.destroy()
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
