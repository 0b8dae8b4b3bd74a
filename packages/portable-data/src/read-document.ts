import { PortableDataError } from './portable-data-error.ts'
import type { FoundEvent, Place, PortableEvent } from './portable-event.ts'
import { PortableDataReader, type PortableDataReaderOptions } from './reader.ts'

/** How {@link readPortableData} reads. */
export interface ReadPortableDataOptions<File> extends Omit<PortableDataReaderOptions, 'place'> {
  /** The octets of a file. */
  open(file: File): AsyncIterable<Uint8Array>
  /** The file that `href` (a relative URI) means inside of `file`; `undefined`: it is left out, and told. */
  resolve(href: string, file: File): File | undefined
}

/** What {@link readPortableData} gives: inclusions are followed, those that could not be are told. */
export type ReadEvent = PortableEvent | Extract<FoundEvent, { type: 'unknown' | 'include' }>

/** Files in files: the main one, a host, a user, a part of it (XEP-0227 §5.1). */
const MAX_INCLUSIONS = 4

/**
 * Reads a document and the files that it includes (XEP-0227 §5), as one.
 *
 * @throws PortableDataError, with the file in which it is
 */
export async function* readPortableData<File>(
  file: File,
  options: ReadPortableDataOptions<File>,
): AsyncGenerator<ReadEvent> {
  yield* read(file, 'document', 0, options)
}

async function* read<File>(
  file: File,
  place: Place,
  depth: number,
  options: ReadPortableDataOptions<File>,
): AsyncGenerator<ReadEvent> {
  const reader = new PortableDataReader({ ...options, place })
  const around = new Surroundings(place)
  try {
    for await (const chunk of options.open(file)) yield* follow(reader.write(chunk))
    yield* follow(reader.end())
  } catch (error) {
    throw error instanceof PortableDataError ? error.in(file) : error
  }

  async function* follow(events: readonly FoundEvent[]): AsyncGenerator<ReadEvent> {
    for (const event of events) {
      around.pass(event)
      const included = event.type === 'include' ? options.resolve(event.href, file) : undefined
      if (included === undefined) yield event
      else if (depth >= MAX_INCLUSIONS) throw new PortableDataError('limit-exceeded', 'files included too deeply')
      else yield* read(included, around.place, depth + 1, options)
    }
  }
}

/** Where an event stands. */
class Surroundings {
  readonly #outer: Place
  #isInHost = false
  #isInUser = false

  constructor(outer: Place) {
    this.#outer = outer
  }

  get place(): Place {
    if (this.#isInUser) return 'user'
    if (this.#isInHost) return 'host'
    // Inclusions are not looked for in the document itself, only in its <server-data/>.
    return this.#outer === 'document' ? 'server-data' : this.#outer
  }

  pass({ type }: FoundEvent): void {
    if (type === 'host' || type === 'host-end') this.#isInHost = type === 'host'
    if (type === 'user' || type === 'user-end') this.#isInUser = type === 'user'
  }
}
