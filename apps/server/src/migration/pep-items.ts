import type { PortableEvent } from '@parlour/portable-data'
import type { Element } from '@parlour/xml'
import { el } from './unchecked-element.ts'

const PUBSUB_NAMESPACE = 'http://jabber.org/protocol/pubsub'
const ITEMS = { name: 'pubsub', namespace: PUBSUB_NAMESPACE } as const
/** Items in one element: together they are smaller than an item of an import may be. */
const TOGETHER = 32

/** The node in which XEP-0490 keeps how far conversations were read. */
export const DISPLAYED_NODE = 'urn:xmpp:mds:displayed:0'

/** What an account has published at a node. */
export interface PublishedItem {
  /** Its id. */
  readonly key: string | undefined
  /** Its payload, where it has one. */
  readonly element: Element | undefined
}

type Item = Extract<PortableEvent, { type: 'item' }>

/** The items of a node (XEP-0227 §4.10.2), of which the archive has the payloads, by their ids. */
export function* nodeItems(node: string, entries: Iterable<PublishedItem>): Generator<Item> {
  let items: Element[] = []
  const together = (): Item => {
    const element = el('items', PUBSUB_NAMESPACE, { node }, ...items)
    items = []
    return { type: 'item', element, within: ITEMS }
  }
  for (const { key: id, element } of entries) {
    items.push(el('item', PUBSUB_NAMESPACE, { id }, element))
    if (items.length >= TOGETHER) yield together()
  }
  if (items.length > 0) yield together()
}

/** How far conversations were read: by ids in the account's archive, which are others here. */
export class DisplayedIds {
  readonly #account: string
  readonly #entries: readonly PublishedItem[]
  readonly #ids = new Map<string, string | undefined>()

  constructor(account: string, entries: Iterable<PublishedItem>) {
    this.#account = account
    this.#entries = [...entries]
    for (const { element } of this.#entries) {
      const id = idIn(element)
      if (id?.attribute('by') === account) this.#ids.set(id.attribute('id') ?? '', undefined)
    }
  }

  /** A message has been given another id. */
  renamed(former: string | undefined, id: string): void {
    if (former !== undefined && this.#ids.has(former)) this.#ids.set(former, id)
  }

  /** The items, with the new ids of those messages that were in the archive. */
  items(): Iterable<Item> {
    return nodeItems(
      DISPLAYED_NODE,
      this.#entries.map((entry) => ({ ...entry, element: this.#rename(entry.element) })),
    )
  }

  #rename(displayed: Element | undefined): Element | undefined {
    const stanzaId = idIn(displayed)
    const id = stanzaId?.attribute('by') === this.#account ? this.#ids.get(stanzaId.attribute('id') ?? '') : undefined
    return stanzaId && id !== undefined ? displayed?.withChildren([stanzaId.withAttributes({ id })]) : displayed
  }
}

const idIn = (displayed: Element | undefined): Element | undefined => displayed?.child('stanza-id', 'urn:xmpp:sid:0')
