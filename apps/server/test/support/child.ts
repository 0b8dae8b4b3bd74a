import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { until } from './waiting.ts'

/** How long a process may take to end after SIGTERM before it is killed. */
const GRACE = 8000

/** A process that this test started: its lines are kept, and it is ended by its own id. */
export class Child {
  readonly process: ChildProcess
  /** Everything it wrote, standard error marked with `! `. */
  readonly transcript: string[] = []
  readonly exited: Promise<number | null>
  #listeners = new Set<(line: string) => void>()

  constructor(command: string, args: readonly string[], options: SpawnOptions = {}) {
    this.process = spawn(command, args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] })
    const { stdout, stderr, stdin } = this.process
    if (!stdout || !stderr || !stdin) throw new Error(`${command} has no pipes`)
    createInterface({ input: stdout }).on('line', (line) => this.#line(line))
    createInterface({ input: stderr }).on('line', (line) => void this.transcript.push(`! ${line}`))
    // Its end is told by `exited`; a write into a closed pipe says nothing more.
    stdin.on('error', (error) => void this.transcript.push(`! standard input: ${error.message}`))
    this.exited = new Promise((resolve) => {
      this.process.once('error', (error) => {
        this.transcript.push(`! ${error.message}`)
        resolve(null)
      })
      this.process.once('close', (code) => resolve(code))
    })
  }

  get running(): boolean {
    return this.process.pid !== undefined && this.process.exitCode === null && this.process.signalCode === null
  }

  /** Calls back for every line of standard output; returns the way to stop that. */
  onLine(listener: (line: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  write(line: string): void {
    this.process.stdin?.write(`${line}\n`)
  }

  /** The first line, past or to come, of either output, that has the pattern. Rejects when the process ends without. */
  async line(pattern: RegExp, limit: number): Promise<RegExpMatchArray> {
    let [ended, read]: [boolean, number] = [false, 0]
    void this.exited.then(() => {
      ended = true
    })
    return until(
      () => {
        const over = ended
        for (; read < this.transcript.length; read++) {
          const match = this.transcript[read]?.match(pattern)
          if (match) return match
        }
        if (over) throw new Error(`ended without ${pattern}:\n${this.transcript.slice(-20).join('\n')}`)
        return undefined
      },
      limit,
      `line ${pattern}`,
    )
  }

  /** Ends it: SIGTERM, and SIGKILL when that has not helped in time. */
  async end(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (!this.running) return
    this.process.kill(signal)
    const kill = setTimeout(() => {
      this.transcript.push(`! did not end within ${GRACE} ms of ${signal}`)
      this.process.kill('SIGKILL')
    }, GRACE)
    await this.exited
    clearTimeout(kill)
  }

  #line(line: string): void {
    this.transcript.push(line)
    for (const listener of [...this.#listeners]) listener(line)
  }
}
