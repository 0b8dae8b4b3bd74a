import type { PortableEvent } from '@parlour/portable-data'
import type { Element } from '@parlour/xml'
import type { LuaTable } from './lua-data.ts'
import { isTable, textOf } from './prosody-element.ts'
import { el } from './unchecked-element.ts'

const PUBSUB_NAMESPACE = 'http://jabber.org/protocol/pubsub'
const OWNER_NAMESPACE = `${PUBSUB_NAMESPACE}#owner`
const CONFIGURATIONS = { name: 'pubsub', namespace: OWNER_NAMESPACE } as const

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
