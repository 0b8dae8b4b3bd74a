import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Administration } from '../administration/connect.ts'
import { AdministrationError } from '../administration/protocol.ts'
import { faultText } from '../terminal/fault-text.ts'
import { Progress } from '../terminal/progress.ts'
import { administer } from './administered.ts'
import { type CommandContext, EXIT, UsageError } from './command.ts'

/** Additions under way at once: they share commits, and keys are derived in several threads. */
const UNDER_WAY = 32
const MAX_SHOWN_FAULTS = 20

interface Entry {
  readonly line: number
  readonly address: string
  readonly password: string
}

/** Makes an account for each line `address password`; goes on behind lines that fail, and names them at the end. */
export async function addFromFile(context: CommandContext, file: string): Promise<number> {
  if (context.positionals.length > 0)
    throw new UsageError('--from takes the addresses from the file: give none besides')
  await using administration = await administer(context)
  const progress = new Additions(context)
  const underWay = new Map<string, Promise<void>>()
  for await (const entry of entriesOf(context, file)) {
    // Of two lines with one address the first counts.
    await underWay.get(entry.address)
    const addition = add(administration, entry, progress).finally(() => underWay.delete(entry.address))
    underWay.set(entry.address, addition)
    if (underWay.size >= UNDER_WAY) await Promise.race(underWay.values())
    if (progress.isBrokenOff) break
  }
  await Promise.all(underWay.values())
  return progress.end()
}

async function add(administration: Administration, entry: Entry, progress: Additions): Promise<void> {
  try {
    const { address, password } = entry
    if (password === '') throw new AdministrationError('no-password', 'has no password behind the address')
    await administration.run('user.add', { address, password })
    progress.added()
  } catch (error) {
    if (!(error instanceof AdministrationError) || error.code === 'gone') progress.breakOff(error)
    else progress.failed(entry.line, error.message)
  }
}

async function* entriesOf({ input }: CommandContext, file: string): AsyncGenerator<Entry> {
  const lines = createInterface({ input: file === '-' ? input : createReadStream(file), crlfDelay: Infinity })
  let line = 0
  for await (const text of lines) {
    line++
    const [, address, password] = text.match(/^\s*(\S+)(?:\s(.*))?$/) ?? []
    if (address !== undefined && !address.startsWith('#')) yield { line, address, password: password ?? '' }
  }
}

/** Counts, and shows the count on a terminal. */
class Additions {
  readonly #context: CommandContext
  readonly #faults: string[] = []
  #added = 0
  #failed = 0
  #fault: unknown
  readonly #progress: Progress

  constructor(context: CommandContext) {
    this.#context = context
    this.#progress = new Progress(context)
  }

  added(): void {
    this.#added++
    this.#show()
  }

  failed(line: number, reason: string): void {
    this.#failed++
    if (this.#faults.length < MAX_SHOWN_FAULTS) this.#faults.push(`  line ${line}: ${reason}`)
    this.#show()
  }

  /** Nothing more can be made; what was made is told all the same. */
  breakOff(fault: unknown): void {
    this.#fault ??= fault
  }

  get isBrokenOff(): boolean {
    return this.#fault !== undefined
  }

  /** @returns the exit code */
  end(): number {
    const { print, printError } = this.#context
    this.#progress.end()
    print(`${this.#added} accounts made${this.#failed > 0 ? `, ${this.#failed} not:` : '.'}`)
    for (const fault of this.#faults) printError(fault)
    if (this.#failed > this.#faults.length) printError(`  and ${this.#failed - this.#faults.length} more`)
    if (this.#fault !== undefined)
      printError(
        `${faultText(this.#fault)}. The others were not made, or nobody knows: do it again, which changes no account.`,
      )
    return this.#failed > 0 || this.#fault !== undefined ? EXIT.failed : EXIT.ok
  }

  #show(): void {
    this.#progress.show(() => `${this.#added} accounts made${this.#failed > 0 ? `, ${this.#failed} not` : ''}`)
  }
}
