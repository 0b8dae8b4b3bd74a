import { closeSync, openSync, readSync } from 'node:fs'
import {
  type EjabberdArchive,
  type EjabberdMessage,
  type EjabberdNode,
  payloadOf,
  preferencesElement,
  stanzaOf,
  textOf,
} from './ejabberd-archive.ts'
import { ErlangAtom, type ErlangTerm, ErlangTuple, readErlangTerm } from './erlang-term.ts'
import type { PublishedItem } from './pep-items.ts'

const CHUNK = 1024 * 1024
/** Octets of one term. */
const MAX_TERM = 64 * 1024 * 1024
const TERM_END = Buffer.from('.\n')
const KINDS = /^\{(archive_msg|archive_prefs|pubsub_node|pubsub_item),/

/** Where a message stands in the file: three numbers in a row of each. */
type Places = number[]
const [AT, OFFSET, LENGTH, STEP] = [0, 1, 2, 3]

interface Whose {
  readonly user: string
  readonly host: string
}

/**
 * What `ejabberdctl dump` or `dump_table` has written: terms of Erlang's, in no order. It is read twice, first for where each
 * message and item stands: that takes 24 octets of memory for each.
 */
export class EjabberdDump implements EjabberdArchive {
  readonly #file: string
  readonly #note: (text: string) => void
  readonly #handle: number
  readonly #places = new Map<string, Places>()
  readonly #preferences = new Map<string, ErlangTuple>()
  /** Of each account: names of its nodes, and by what number items name them. */
  readonly #nodes = new Map<string, Map<string, string>>()
  /** By the number of their node. */
  readonly #items = new Map<string, Places>()

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
    yield* this.#at(this.#places.get(keyOf({ user, host })), messageOf)
  }

  nodes(user: string, host: string): readonly EjabberdNode[] {
    const nodes = this.#nodes.get(keyOf({ user, host })) ?? []
    return [...nodes].map(([name, number]) => ({ name, items: () => this.#at(this.#items.get(number), itemOf) }))
  }

  [Symbol.dispose](): void {
    closeSync(this.#handle)
  }

  /** What the terms at these places are, in the order of time. */
  *#at<Value>(places: Places = [], read: (text: string) => Value): Iterable<Value> {
    const order = Array.from({ length: places.length / STEP }, (_, at) => at * STEP)
    order.sort((one, other) => (places[one + AT] as number) - (places[other + AT] as number))
    for (const at of order) {
      const octets = Buffer.alloc(places[at + LENGTH] as number)
      readSync(this.#handle, octets, 0, octets.length, places[at + OFFSET] as number)
      const value = this.#read(places[at + OFFSET] as number, () => read(octets.toString('latin1')))
      if (value) yield value
    }
  }

  #index(offset: number, text: string): void {
    const kind = KINDS.exec(text)?.[1]
    const term = kind && this.#read(offset, () => tupleOf(readErlangTerm(text)))
    if (!term) return
    const place = (places: Map<string, Places>, key: string, at: number) => {
      const known = places.get(key) ?? []
      places.set(key, known)
      known.push(at, offset, text.length)
    }
    if (kind === 'pubsub_item') place(this.#items, String(term.elements[2]), timeOf(term.elements[4]))
    else if (kind === 'pubsub_node') this.#indexNode(term)
    else {
      const whose = ownerOf(term.elements[1])
      if (whose && kind === 'archive_prefs') this.#preferences.set(keyOf(whose), term)
      else if (whose) place(this.#places, keyOf(whose), Number(term.elements[2]))
    }
  }

  /** `{pubsub_node, {Us, Node}, Number, …}`; of a service, which is nobody's, `Us` is its domain alone. */
  #indexNode({ elements: [, id, number] }: ErlangTuple): void {
    const [whose, name] = id instanceof ErlangTuple ? id.elements : []
    const owner = ownerOf(whose)
    if (!owner || typeof name !== 'string') return
    const nodes = this.#nodes.get(keyOf(owner)) ?? new Map<string, string>()
    this.#nodes.set(keyOf(owner), nodes.set(textOf(name), String(number)))
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
      if (read > 0) continue
      if (rest.toString('latin1').trim() !== '')
        this.#note(
          `${this.#file} ends in the middle of a term, at octet ${start}: it is not whole, so more may be missing`,
        )
      return
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

/** `{pubsub_item, {Id, Number}, Number, {Creation, By}, {Modification, By}, Payload}`. */
function itemOf(text: string): PublishedItem {
  const [, id, , , , payload] = tupleOf(readErlangTerm(text)).elements
  const [name] = tupleOf(id ?? []).elements
  if (typeof name !== 'string') throw new Error('an item without its id')
  return { key: textOf(name), element: payloadOf(payload) }
}

/** Microseconds in `{{Millions, Seconds, Microseconds}, By}`; 0 where that is none. */
function timeOf(term: ErlangTerm | undefined): number {
  const [stamp] = term instanceof ErlangTuple ? term.elements : []
  const [millions = 0, seconds = 0, rest = 0] = stamp instanceof ErlangTuple ? stamp.elements.map(Number) : []
  return (millions * 1e6 + seconds) * 1e6 + rest
}
