import type { Json } from '@parlour/storage'
import { Element, type XmlNode } from '@parlour/xml'

/** An element as plain JSON, so that it can be stored whole and read back without a parser. */
export function storedElement(element: Element): Json {
  const children = element.children.map((child) => (typeof child === 'string' ? child : storedElement(child)))
  return [element.name, element.namespace, { ...element.attributes }, ...children]
}

/** The element that {@link storedElement} made this of. @throws TypeError if it did not. */
export function readStoredElement(value: Json): Element {
  const [name, namespace, attributes, ...children] = Array.isArray(value) ? value : []
  if (
    typeof name !== 'string' ||
    typeof namespace !== 'string' ||
    attributes === null ||
    typeof attributes !== 'object'
  )
    throw new TypeError('not a stored element')
  const nodes = children.map((child): XmlNode => (typeof child === 'string' ? child : readStoredElement(child)))
  return new Element(name, namespace, attributes as Record<string, string>, nodes)
}
