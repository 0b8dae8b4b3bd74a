import { AttributeRecord } from './attributes.ts'
import { Element } from './element.ts'

/**
 * The same text in memory of its own. A string cut out of another keeps the whole of it alive in V8, so text of a
 * stanza that outlives the stanza (an id, an address) should be copied, or it retains the chunk it arrived in.
 */
export function copyString(text: string): string {
  // Shorter ones are never kept as slices. Indexing flattens the joined string, whose slice then retains only itself.
  return text.length < 13 ? text : ` ${text}`.slice(1)
}

const MAX_INTERNED = 256
const INTERNED = new Map<string, string>()

/** A copy that all equal texts share; of the first few hundred texts, for namespaces and names that streams repeat. */
export function internString(text: string): string {
  const known = INTERNED.get(text)
  if (known !== undefined) return known
  const copy = copyString(text)
  if (INTERNED.size < MAX_INTERNED) INTERNED.set(copy, copy)
  return copy
}

/** The same element with all its strings in memory of their own: for an element that outlives its stanza's handling. */
export function copyElement(element: Element): Element {
  const attributes = new AttributeRecord()
  for (const key in element.attributes) attributes[copyString(key)] = copyString(element.attributes[key] as string)
  return new Element(
    copyString(element.name),
    copyString(element.namespace),
    attributes,
    element.children.map((child) => (typeof child === 'string' ? copyString(child) : copyElement(child))),
  )
}
