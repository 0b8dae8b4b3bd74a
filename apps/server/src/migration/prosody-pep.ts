import type { PortableEvent } from '@parlour/portable-data'
import { type Element, el } from '@parlour/xml'
import type { LuaTable } from './lua-data.ts'
import { isTable, textOf } from './prosody-element.ts'
import type { ProsodyEntry } from './prosody-storage.ts'

const PUBSUB_NAMESPACE = 'http://jabber.org/protocol/pubsub'
const OWNER_NAMESPACE = `${PUBSUB_NAMESPACE}#owner`
const DISPLAYED_NAMESPACE = 'urn:xmpp:mds:displayed:0'
const ITEMS = { name: 'pubsub', namespace: PUBSUB_NAMESPACE } as const
const CONFIGURATIONS = { name: 'pubsub', namespace: OWNER_NAMESPACE } as const
/** Items in one element: together they are smaller than an item of an import may be. */
const TOGETHER = 32

type Item = Extract<PortableEvent, { type: 'item' }>

/** The names of an account's nodes: keys of its store `pep`. */
export const nodesOf = (nodes: LuaTable): string[] =>
  [...nodes.keys()].flatMap((node) => (typeof node === 'string' ? textOf(node) : []))

/** The configuration of the nodes (XEP-0227 §4.10.1). */
export function configurationItems(nodes: LuaTable): Item[] {
  return [...nodes].flatMap(([node, stored]): Item[] => {
    if (typeof node !== 'string') return []
    const config = isTable(stored) ? stored.get('config') : undefined
    const fields = [...(isTable(config) ? config : [])].flatMap(([name, value]) =>
      typeof name === 'string' && typeof value !== 'object' && value !== undefined
        ? field(`pubsub#${textOf(name)}`, typeof value === 'string' ? textOf(value) : String(value))
        : [],
    )
    const form = el(
      'x',
      'jabber:x:data',
      { type: 'form' },
      field('FORM_TYPE', `${PUBSUB_NAMESPACE}#node_config`),
      ...fields,
    )
    return [
      { type: 'item', element: el('configure', OWNER_NAMESPACE, { node: textOf(node) }, form), within: CONFIGURATIONS },
    ]
  })
}

const field = (name: string, value: string): Element =>
  el('field', 'jabber:x:data', { var: name }, el('value', 'jabber:x:data', {}, value))

/** The items of a node (XEP-0227 §4.10.2), of which the archive has the payloads, by their ids. */
export function* nodeItems(node: string, entries: Iterable<ProsodyEntry>): Generator<Item> {
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
  readonly #entries: readonly ProsodyEntry[]
  readonly #ids = new Map<string, string | undefined>()

  constructor(account: string, entries: Iterable<ProsodyEntry>) {
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
      DISPLAYED_NAMESPACE,
      this.#entries.map((entry) => ({ ...entry, element: this.#rename(entry.element) })),
    )
  }

  #rename(displayed: Element): Element {
    const stanzaId = idIn(displayed)
    const id = stanzaId?.attribute('by') === this.#account ? this.#ids.get(stanzaId.attribute('id') ?? '') : undefined
    return stanzaId && id !== undefined ? displayed.withChildren([stanzaId.withAttributes({ id })]) : displayed
  }
}

const idIn = (displayed: Element): Element | undefined => displayed.child('stanza-id', 'urn:xmpp:sid:0')
