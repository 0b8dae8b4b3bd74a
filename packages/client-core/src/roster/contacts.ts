import { type Jid, parseJid } from '@parlour/jid'
import { type ReceivedItem, type RosterItem, readItems } from '@parlour/roster'
import type { Element } from '@parlour/xml'
import type { RosterEvent } from './roster.ts'

/** The roster as this client knows it. */
export class Contacts {
  #items = new Map<string, RosterItem>()
  /** Undefined until the server names one; `''` is a version, too (RFC 6121 §2.6.2). */
  version: string | undefined

  get items(): ReadonlyMap<string, RosterItem> {
    return this.#items
  }

  /** All there is, from the server or from where it was kept. */
  replace(items: readonly RosterItem[], version: string | undefined): RosterEvent {
    this.#items = new Map(items.map((item) => [item.jid, item]))
    this.version = version
    return { type: 'loaded', items: this.#items }
  }

  /** Takes the `<query/>` of a roster result. */
  read(query: Element): RosterEvent {
    const items = readItems(query).flatMap((item) => ('removed' in item ? [] : (prepared(item) ?? [])))
    return this.replace(items, query.attribute('ver') ?? this.version)
  }

  /** Takes the `<query/>` of a push; undefined if it holds nothing that can be understood. */
  apply(query: Element): RosterEvent | undefined {
    const [received] = readItems(query)
    const item = received && prepared(received)
    this.version = query.attribute('ver') ?? this.version
    if (!item) return undefined
    const previous = this.#items.get(item.jid)
    if ('removed' in item) {
      this.#items.delete(item.jid)
      return { type: 'removed', jid: item.jid, previous }
    }
    this.#items.set(item.jid, item)
    return { type: 'updated', item, previous }
  }
}

/** With the address in prepared form, which is the key; undefined if it is none. */
function prepared<Item extends ReceivedItem>(item: Item): Item | undefined {
  const jid = bareText(item.jid)
  return jid === undefined ? undefined : jid === item.jid ? item : { ...item, jid }
}

function bareText(text: string): string | undefined {
  let jid: Jid
  try {
    jid = parseJid(text)
  } catch {
    return undefined // an item whose address is none is left out, as RFC 6121 §2.1.2.5 says of unknown subscriptions
  }
  return jid.bare.toString()
}
