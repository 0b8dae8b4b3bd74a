import { AttributeRecord } from './attributes.ts'
import { copyString, internString } from './copy.ts'
import { Element, type XmlNode } from './element.ts'
import { XmlError } from './errors.ts'
import type { ParserLimits } from './limits.ts'
import { boundNamespace, resolveAttributes } from './resolve.ts'
import { declare, EMPTY_SCOPE, type Scope } from './scope.ts'
import type { StartTag } from './start-tag.ts'

const NO_CHILDREN: XmlNode[] = []
Object.freeze(NO_CHILDREN)

/** The elements that are open, from the root inwards. */
export class Tree {
  limits: ParserLimits
  /** Elements from this depth on are built; under an open root the root does not collect its children. */
  readonly base: number
  /** Character data of the innermost element that has no node yet. */
  text = ''
  #elements: Element[] = []
  #children: XmlNode[][] = []
  #names: string[] = []
  #scopes: Scope[] = []
  /** UTF-16 units of namespaces that a serializer must write although they were not written here. */
  #repeated = 0

  constructor(base: number, limits: ParserLimits) {
    this.base = base
    this.limits = limits
  }

  get depth(): number {
    return this.#elements.length
  }

  /** The name of the innermost element as its start tag had it. */
  get qualifiedName(): string {
    return this.#names[this.#names.length - 1] as string
  }

  /** The default namespace in the innermost element. */
  get defaultNamespace(): string {
    return (this.#scopes[this.#scopes.length - 1] ?? EMPTY_SCOPE).defaultNamespace
  }

  /** The namespaces in force in the innermost element that have a prefix. */
  get declaredNamespaces(): string[] {
    const namespaces: string[] = []
    const { bindings } = this.#scopes[this.#scopes.length - 1] ?? EMPTY_SCOPE
    for (let binding = bindings; binding !== undefined; binding = binding.next) namespaces.push(binding.namespace)
    return namespaces
  }

  /**
   * Opens an element inside the innermost one.
   *
   * @throws {XmlError} `limit-exceeded`, `bad-namespace-prefix`, `not-well-formed`
   */
  open(tag: StartTag): Element {
    const elements = this.#elements
    const depth = elements.length
    if (depth < this.base) copyTag(tag)
    if (depth - this.base >= this.limits.maxDepth) throw new XmlError('limit-exceeded', 'nested too deeply')
    const outer = depth === 0 ? EMPTY_SCOPE : (this.#scopes[depth - 1] as Scope)
    const scope = tag.declarations.length === 0 ? outer : declare(outer, tag.declarations)
    const namespace = tag.prefix === '' ? scope.defaultNamespace : boundNamespace(scope, tag.prefix)
    const children = tag.selfClosing ? NO_CHILDREN : []
    const element = new Element(tag.name, namespace, resolveAttributes(tag, scope), children)
    if (depth > this.base) {
      this.#append(element)
      if (namespace !== (elements[depth - 1] as Element).namespace) this.#repeat(namespace.length)
    } else this.#repeated = 0
    if (tag.prefixed.length > 0) this.#repeatForAttributes(tag, scope)
    elements.push(element)
    this.#children.push(children)
    this.#names.push(tag.qualifiedName)
    this.#scopes.push(scope)
    return element
  }

  /** Ends the innermost element. */
  close(): Element {
    this.flush()
    this.#children.pop()
    this.#names.pop()
    this.#scopes.pop()
    return this.#elements.pop() as Element
  }

  /** Makes a node of the character data read so far. */
  flush(): void {
    if (this.text === '') return
    this.#push(this.text)
    this.text = ''
  }

  reset(): void {
    this.text = ''
    this.#elements = []
    this.#children = []
    this.#names = []
    this.#scopes = []
  }

  #append(element: Element): void {
    this.flush()
    this.#push(element)
  }

  #push(node: XmlNode): void {
    const children = this.#children[this.#children.length - 1] as XmlNode[]
    if (children.length >= this.limits.maxChildren) throw new XmlError('limit-exceeded', 'too many children')
    children.push(node)
  }

  /**
   * A long namespace declared once and used by prefix many times would make a small stanza a large one when it is
   * serialized, so what is repeated may not exceed what the stanza itself may be.
   */
  #repeat(length: number): void {
    this.#repeated += length
    if (this.#repeated > this.limits.maxBytes) throw new XmlError('limit-exceeded', 'namespaces repeated too often')
  }

  #repeatForAttributes(tag: StartTag, scope: Scope): void {
    for (let index = 0; index < tag.prefixed.length; index += 3) {
      const prefix = tag.prefixed[index] as string
      if (prefix !== 'xml') this.#repeat(boundNamespace(scope, prefix).length)
    }
  }
}

/** An open root lives as long as its stream: its strings must not retain the chunk they came in, names are one for all. */
function copyTag(tag: StartTag): void {
  tag.qualifiedName = internString(tag.qualifiedName)
  tag.prefix = internString(tag.prefix)
  tag.name = internString(tag.name)
  tag.prefixed = tag.prefixed.map(internString)
  tag.declarations = tag.declarations.map(internString)
  if (tag.attributes === undefined) return
  const attributes = new AttributeRecord()
  for (const key in tag.attributes) attributes[key] = copyString(tag.attributes[key] as string)
  tag.attributes = attributes
}
