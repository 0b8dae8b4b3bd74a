import { type Attributes, Element, type XmlNode } from '@parlour/xml'
import type { SaxesTagNS } from 'saxes'

const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace'
const XMLNS_NAMESPACE = 'http://www.w3.org/2000/xmlns/'

interface Open {
  readonly name: string
  readonly namespace: string
  readonly attributes: Attributes
  readonly children: XmlNode[]
}

/** Makes an element of tags and text. */
export class ItemBuilder {
  readonly #open: Open[] = []

  get depth(): number {
    return this.#open.length
  }

  begin(tag: SaxesTagNS): void {
    this.#open.push({ name: tag.local, namespace: tag.uri, attributes: attributesOf(tag), children: [] })
  }

  text(text: string): void {
    const { children } = this.#open.at(-1) as Open
    const last = children.length - 1
    const before = children[last]
    if (typeof before === 'string') children[last] = before + text
    else if (text !== '') children.push(text)
  }

  /** Ends the innermost element. @returns it, if it was the outermost too */
  end(): Element | undefined {
    const { name, namespace, attributes, children } = this.#open.pop() as Open
    const element = new Element(name, namespace, attributes, children)
    const parent = this.#open.at(-1)
    if (!parent) return element
    parent.children.push(element)
  }
}

/** As {@link Attributes} names them; declarations are none. */
export function attributesOf(tag: SaxesTagNS): Attributes {
  const attributes: Record<string, string> = {}
  for (const { uri, local, value, prefix, name } of Object.values(tag.attributes)) {
    if (uri === XMLNS_NAMESPACE || prefix === 'xmlns' || name === 'xmlns') continue
    attributes[uri === '' ? local : uri === XML_NAMESPACE ? `xml:${local}` : `{${uri}}${local}`] = value
  }
  return attributes
}
