import type { PortableEvent } from '@parlour/portable-data'
import { type AccountImportReport, IMPORT_RESULTS, type ImportMode } from '@parlour/server-core'
import type { Administration } from '../administration/connect.ts'
import { printable } from '../terminal/printable.ts'
import { Progress } from '../terminal/progress.ts'
import { table } from '../terminal/table.ts'
import { type CommandContext, EXIT } from './command.ts'
import { DocumentText, type LeftOutListener } from './document-text.ts'
import type { LeftOutNotes } from './left-out.ts'

/** UTF-16 units of one piece: written as JSON, it fits into a request. */
const PIECE = 24_000
const MAX_SHOWN_NOTES = 100
const KEEP =
  'What was left out is not stored here. Keep what you have imported: it can be imported again when there is a place for it.'

/** What an import is of. */
export interface Document {
  /** What it says. */
  readonly events: AsyncIterable<PortableEvent> | Iterable<PortableEvent>
  /** What was left out of it before, for the operator; read at the end. */
  leftOut(): LeftOutNotes
  /** How many octets of it have been read, and how many there are in the files that were opened; where that is known. */
  read?(): { readonly octets: number; readonly of: number }
}

/** Hands a document to the server, and shows what became of it. @returns the exit code */
export async function sendDocument(
  context: CommandContext,
  administration: Administration,
  document: Document,
  mode: ImportMode,
): Promise<number> {
  const { id } = await administration.run('import.begin', mode)
  const shown = new ImportSummary(context, mode, document)
  const writer = new DocumentText(shown)
  let text = ''
  for await (const event of document.events) {
    shown.sent(event)
    text += writer.write(event)
    while (text.length >= PIECE) {
      shown.add(await administration.run('import.write', { id, text: text.slice(0, PIECE) }))
      text = text.slice(PIECE)
    }
  }
  text += writer.end()
  for (let at = 0; at < text.length; at += PIECE)
    shown.add(await administration.run('import.write', { id, text: text.slice(at, at + PIECE) }))
  shown.add(await administration.run('import.end', { id }))
  return shown.end(document.leftOut())
}

/** Counts, and shows what the operator should look at. */
class ImportSummary implements LeftOutListener {
  readonly #context: CommandContext
  readonly #mode: ImportMode
  readonly #states = { created: 0, existing: 0, left: 0 }
  readonly #counts = new Map<string, Map<string, number>>()
  readonly #progress: Progress
  readonly #document: Document
  #notes = 0
  #hasRefused = false
  #accounts = 0
  #items = 0

  constructor(context: CommandContext, mode: ImportMode, document: Document) {
    this.#context = context
    this.#document = document
    this.#mode = mode
    this.#progress = new Progress(context)
  }

  /** Something is on its way. */
  sent({ type }: PortableEvent): void {
    if (type === 'user') this.#accounts++
    if (type === 'item') this.#items++
    this.#progress.show(() => `${this.#items} items of ${this.#accounts} accounts${readText(this.#document)}`)
  }

  accountLeft(): void {
    this.#states.left++
  }

  passwordRefused(): void {
    this.#count('password', { refused: 1 })
  }

  itemRefused(): void {
    this.#count('items that XML cannot hold', { refused: 1 })
  }

  note(text: string): void {
    this.#progress.end()
    if (++this.#notes <= MAX_SHOWN_NOTES) this.#context.printError(printable(text))
  }

  add(reports: readonly AccountImportReport[]): void {
    for (const { account, state, counts, notes } of reports) {
      this.#states[state]++
      for (const [title, results] of Object.entries(counts)) this.#count(title, results)
      for (const note of notes) this.note(`${account}: ${note}`)
    }
  }

  /** @returns the exit code */
  end({ notes, more }: LeftOutNotes): number {
    const { print } = this.#context
    this.#progress.end()
    for (const note of notes) this.note(note)
    this.#notes += more
    if (this.#notes > MAX_SHOWN_NOTES) this.#context.printError(`and ${this.#notes - MAX_SHOWN_NOTES} more`)
    const { created, existing, left } = this.#states
    const made = this.#mode.isTrial ? 'would be made' : 'made'
    print(`Accounts: ${created} ${made}, ${existing} there already, ${left} left out.`)
    for (const line of table([...this.#counts].map(rowOf))) print(line)
    if ([...this.#counts.values()].some((results) => results.has('left out'))) print(KEEP)
    if (this.#mode.isTrial) print('Nothing was changed: leave --dry-run out to do it.')
    return left > 0 || this.#hasRefused ? EXIT.failed : EXIT.ok
  }

  #count(title: string, results: Readonly<Record<string, number>>): void {
    const counts = this.#counts.get(title) ?? new Map<string, number>()
    this.#counts.set(title, counts)
    for (const [result, count] of Object.entries(results)) counts.set(result, (counts.get(result) ?? 0) + count)
    if (results.refused) this.#hasRefused = true
  }
}

function readText({ read }: Document): string {
  if (!read) return ''
  const { octets, of } = read()
  const megabytes = (count: number) => (count / 1e6).toFixed(1)
  // A pipe does not say how much there will be.
  return of < octets ? `, ${megabytes(octets)} MB read` : `, ${megabytes(octets)} of ${megabytes(of)} MB read`
}

function rowOf([title, counts]: [string, ReadonlyMap<string, number>]): string[] {
  const told = IMPORT_RESULTS.flatMap((result) => (counts.has(result) ? `${counts.get(result)} ${result}` : []))
  return [`  ${title}:`, told.join(', ')]
}
