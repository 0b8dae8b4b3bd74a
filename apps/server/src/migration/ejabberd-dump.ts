import { closeSync, openSync, readSync } from 'node:fs'
import { type EjabberdArchive, type EjabberdMessage, preferencesElement, stanzaOf, textOf } from './ejabberd-archive.ts'
import { ErlangAtom, type ErlangTerm, ErlangTuple, readErlangTerm } from './erlang-term.ts'

const CHUNK = 1024 * 1024
/** Octets of one term. */
const MAX_TERM = 64 * 1024 * 1024
const TERM_END = Buffer.from('.\n')
const KINDS = /^\{(archive_msg|archive_prefs),/

/** Where a message stands in the file: three numbers in a row of each. */
type Places = number[]
const [AT, OFFSET, LENGTH, STEP] = [0, 1, 2, 3]

interface Whose {
  readonly user: string
  readonly host: string
}

/**
 * What `ejabberdctl dump` or `dump_table` has written: terms of Erlang's, in no order. It is read twice, first for where each
 * message stands: that takes 24 octets of memory for each.
 */
export class EjabberdDump implements EjabberdArchive {
  readonly #file: string
  readonly #note: (text: string) => void
  readonly #handle: number
  readonly #places = new Map<string, Places>()
  readonly #preferences = new Map<string, ErlangTuple>()

  constructor(file: string, note: (text: string) => void) {
    this.#file = file
    this.#note = note
    this.#handle = openSync(file, 'r')
    for (const [offset, term] of this.#terms()) this.#index(offset, term)
  }

  preferences(user: string, host: string) {
    const [, , chosen, always = [], never = []] = this.#preferences.get(keyOf({ user, host }))?.elements ?? []
    return chosen instanceof ErlangAtom ? preferencesElement(chosen.name, always, never) : undefined
  }

  *messages(user: string, host: string): Iterable<EjabberdMessage> {
    const places = this.#places.get(keyOf({ user, host })) ?? []
    const order = Array.from({ length: places.length / STEP }, (_, at) => at * STEP)
    order.sort((one, other) => (places[one + AT] as number) - (places[other + AT] as number))
    for (const at of order) {
      const octets = Buffer.alloc(places[at + LENGTH] as number)
      readSync(this.#handle, octets, 0, octets.length, places[at + OFFSET] as number)
      const message = this.#read(places[at + OFFSET] as number, () => messageOf(octets.toString('latin1')))
      if (message) yield message
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#handle)
  }

  #index(offset: number, text: string): void {
    const kind = KINDS.exec(text)?.[1]
    const term = kind && this.#read(offset, () => tupleOf(readErlangTerm(text)))
    const whose = term && ownerOf(term.elements[1])
    if (!whose) return
    const key = keyOf(whose)
    if (kind === 'archive_prefs') this.#preferences.set(key, term)
    else {
      const places = this.#places.get(key) ?? []
      places.push(Number(term.elements[2]), offset, text.length)
      this.#places.set(key, places)
    }
  }

  /** Terms with the place where they begin. No line but the last one of a term ends with a full stop. */
  *#terms(): Generator<readonly [offset: number, text: string]> {
    let [start, rest] = [0, Buffer.alloc(0)]
    for (let at = 0; ; ) {
      const chunk = Buffer.alloc(CHUNK)
      const read = readSync(this.#handle, chunk, 0, CHUNK, at)
      at += read
      rest = Buffer.concat([rest, chunk.subarray(0, read)])
      for (let end = rest.indexOf(TERM_END); end >= 0; end = rest.indexOf(TERM_END)) {
        const text = rest.toString('latin1', 0, end + TERM_END.length)
        yield [start, text]
        start += text.length
        rest = rest.subarray(text.length)
      }
      if (rest.length > MAX_TERM)
        throw new Error(`${this.#file} has a term of more than ${MAX_TERM} octets: it is no dump`)
      if (read === 0) return
    }
  }

  #read<Value>(offset: number, read: () => Value): Value | undefined {
    try {
      return read()
    } catch (error) {
      this.#note(
        `${this.#file}: the term at octet ${offset} cannot be read, and was left out: ${(error as Error).message}`,
      )
      return undefined
    }
  }
}

const keyOf = ({ user, host }: Whose): string => `${user}@${host}`

function tupleOf(term: ErlangTerm): ErlangTuple {
  if (term instanceof ErlangTuple) return term
  throw new Error('it is no record')
}

function ownerOf(term: ErlangTerm | undefined): Whose | undefined {
  const [user, host] = term instanceof ErlangTuple ? term.elements : []
  return typeof user === 'string' && typeof host === 'string' ? { user: textOf(user), host: textOf(host) } : undefined
}

/** `{archive_msg, Us, Id, Timestamp, Peer, BarePeer, Packet, Nick, Type}`. */
function messageOf(text: string): EjabberdMessage {
  const [, , id, , , , packet] = tupleOf(readErlangTerm(text)).elements
  if (typeof id !== 'string' || !/^\d+$/.test(id)) throw new Error('a message without its id')
  return { id, message: stanzaOf(packet) }
}
