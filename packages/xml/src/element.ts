import { AttributeRecord, type Attributes } from './attributes.ts'
import { assertXmlText } from './escape.ts'
import { assertAttributeKey } from './names.ts'
import { type SharedContent, serialize, sharedContent } from './serialize.ts'

/** What an element contains: elements and text. */
export type XmlNode = Element | string

/**
 * An XML element as a value: it never changes, so it can be kept, shared and sent to many receivers. Names are
 * expanded (local name and namespace); prefixes are the serializer's business.
 */
export class Element {
  /** The local name. */
  readonly name: string
  /** The namespace name, `''` for none. */
  readonly namespace: string
  readonly attributes: Attributes
  readonly children: readonly XmlNode[]
  #shared: SharedContent | undefined

  /**
   * Takes its parts as they are, unchecked: it is meant for parsers. {@link el} checks names and characters.
   *
   * @param shared the text of `children` in common with another element of the same namespace
   */
  constructor(
    name: string,
    namespace: string,
    attributes: Attributes,
    children: readonly XmlNode[],
    shared?: SharedContent,
  ) {
    this.name = name
    this.namespace = namespace
    this.attributes = attributes
    this.children = children
    this.#shared = shared
  }

  /** The value of an attribute; `xml:lang` by that name, one in another namespace by `{namespace}local`. */
  attribute(name: string): string | undefined {
    const value: unknown = this.attributes[name]
    return typeof value === 'string' ? value : undefined
  }

  /** Whether this element has this name and, where given, this namespace. */
  is(name: string, namespace?: string): boolean {
    return this.name === name && (namespace === undefined || this.namespace === namespace)
  }

  /**
   * The first child element that matches.
   *
   * @param name any, if left out
   * @param namespace if left out: this element's own when a name is given, any when not
   */
  child(
    name?: string,
    namespace: string | undefined = name === undefined ? undefined : this.namespace,
  ): Element | undefined {
    const { children } = this
    for (let index = 0; index < children.length; index++) {
      const child = children[index] as XmlNode
      if (typeof child === 'string') continue
      if ((name === undefined || child.name === name) && (namespace === undefined || child.namespace === namespace)) {
        return child
      }
    }
    return undefined
  }

  /** All child elements, without the text between them. */
  elements(): readonly Element[] {
    return this.children.filter((child) => typeof child !== 'string')
  }

  /** All child elements of this name; the namespace is this element's own if left out. */
  childrenNamed(name: string, namespace: string = this.namespace): Element[] {
    return this.elements().filter((child) => child.name === name && child.namespace === namespace)
  }

  /** The text of the first child of this name, `undefined` without such a child. */
  childText(name: string, namespace: string = this.namespace): string | undefined {
    return this.child(name, namespace)?.text()
  }

  /** The text directly in this element, without that of its child elements. */
  text(): string {
    const { children } = this
    if (children.length === 1 && typeof children[0] === 'string') return children[0]
    let text = ''
    for (const child of children) if (typeof child === 'string') text += child
    return text
  }

  /**
   * The same element with other attributes; `undefined` removes one. The children stay the same and are serialized
   * once for all elements made this way: the means for sending one payload to many addresses.
   *
   * @throws {XmlError} `illegal-name`, `illegal-character`
   */
  withAttributes(changes: Readonly<Record<string, string | undefined>>): Element {
    const attributes = new AttributeRecord()
    for (const key in this.attributes) attributes[key] = this.attributes[key] as string
    for (const key in changes) setAttribute(attributes, key, changes[key])
    if (this.children.length > 0) this.#shared ??= sharedContent()
    return new Element(this.name, this.namespace, attributes, this.children, this.#shared)
  }

  /**
   * The same element with other children.
   *
   * @throws {XmlError} `illegal-character`
   */
  withChildren(children: readonly XmlNode[]): Element {
    for (const child of children) if (typeof child === 'string') assertXmlText(child)
    return new Element(this.name, this.namespace, this.attributes, children)
  }

  /** The same element with one child more, behind the others, which are serialized once for both. */
  withLastChild(child: Element): Element {
    const { children } = this
    this.#shared ??= sharedContent()
    const shared = sharedContent(this.#shared, children.length)
    return new Element(this.name, this.namespace, this.attributes, [...children, child], shared)
  }

  /**
   * The same element with `from` replaced by `to` as the namespace of itself and of its descendants, down to where
   * another namespace begins: how a stanza passes from `jabber:client` to `jabber:server` (RFC 6120 §4.8.3).
   */
  withNamespace(from: string, to: string): Element {
    if (this.namespace !== from || from === to) return this
    const children = this.children.map((child) => (typeof child === 'string' ? child : child.withNamespace(from, to)))
    return new Element(this.name, to, this.attributes, children)
  }

  /** This element as XML, with its namespace declared. */
  toString(): string {
    return serialize(this)
  }

  /** Where the text of the children is kept for all elements that have them in common. */
  sharedContent(): SharedContent | undefined {
    return this.#shared
  }
}

/** Sets, or for `undefined` removes, one attribute of a record in the making. */
export function setAttribute(attributes: Record<string, string>, key: string, value: string | undefined): void {
  if (value === undefined) {
    delete attributes[key]
    return
  }
  assertAttributeKey(key)
  assertXmlText(value)
  attributes[key] = value
}
