import { childNamespace, renamedScope } from './content-scope.ts'
import { Element, type XmlNode } from './element.ts'
import { XmlError } from './errors.ts'
import type { ParserLimits } from './limits.ts'
import type { Renaming } from './renaming.ts'
import { boundNamespace, resolveAttributes } from './resolve.ts'
import { declare, EMPTY_SCOPE, type Scope } from './scope.ts'
import type { StartTag } from './start-tag.ts'

const NO_CHILDREN: XmlNode[] = []
Object.freeze(NO_CHILDREN)

interface OpenElement {
  readonly element: Element
  readonly children: XmlNode[]
  scope: Scope
  readonly parent: OpenElement | undefined
}

/** The elements that are open, from the root inwards. */
export class Tree {
  limits: ParserLimits
  /** Elements from this depth on are built; under an open root the root does not collect its children. */
  readonly base: number
  readonly #renaming: Renaming | undefined
  /** In force in the open root, as written. */
  #root = EMPTY_SCOPE
  /** Character data of the innermost element that has no node yet. */
  text = ''
  depth = 0
  #innermost: OpenElement | undefined
  /** UTF-16 units of namespaces that a serializer must write although they were not written here. */
  #repeated = 0

  constructor(base: number, limits: ParserLimits, renaming?: Renaming) {
    this.base = base
    this.#renaming = renaming
    this.limits = limits
  }

  /** The default namespace in the innermost element. */
  get defaultNamespace(): string {
    return (this.#innermost?.scope ?? EMPTY_SCOPE).defaultNamespace
  }

  /** The namespaces in force in the innermost element that have a prefix. */
  get declaredNamespaces(): string[] {
    const namespaces: string[] = []
    const { bindings } = this.#innermost?.scope ?? EMPTY_SCOPE
    for (let binding = bindings; binding !== undefined; binding = binding.next) namespaces.push(binding.namespace)
    return namespaces
  }

  /**
   * Opens an element inside the innermost one.
   *
   * @throws {XmlError} `limit-exceeded`, `bad-namespace-prefix`, `not-well-formed`
   */
  open(tag: StartTag): Element {
    const { depth } = this
    const parent = this.#innermost
    // An open root lives as long as its stream.
    if (depth < this.base) tag.copy()
    if (depth - this.base >= this.limits.maxDepth) throw new XmlError('limit-exceeded', 'nested too deeply')
    const outer = parent === undefined ? EMPTY_SCOPE : parent.scope
    const renaming = depth < this.base ? undefined : this.#renaming
    const scope = tag.declarations.length === 0 ? outer : declare(outer, tag.declarations, renaming)
    const namespace = this.#namespaceOf(tag, scope)
    const children = tag.selfClosing ? NO_CHILDREN : []
    const element = new Element(tag.name, namespace, resolveAttributes(tag, scope), children)
    if (parent !== undefined && depth > this.base) {
      this.#append(element)
      if (namespace !== parent.element.namespace) this.#repeat(namespace.length)
    } else this.#repeated = 0
    if (tag.prefixed.length > 0) this.#repeatForAttributes(tag, scope)
    this.#innermost = { element, children, scope, parent }
    this.depth = depth + 1
    return element
  }

  /** The open root was delivered as it was written; what follows stands in it. */
  enter(): void {
    const root = this.#innermost
    if (root === undefined || this.#renaming === undefined) return
    this.#root = root.scope
    root.scope = renamedScope(root.scope, this.#renaming)
  }

  /** Ends the innermost element. */
  close(): Element {
    this.flush()
    const { element, parent } = this.#innermost as OpenElement
    this.#innermost = parent
    this.depth--
    return element
  }

  /** Makes a node of the character data read so far. */
  flush(): void {
    if (this.text === '') return
    this.#push(this.text)
    this.text = ''
  }

  reset(): void {
    this.text = ''
    this.depth = 0
    this.#innermost = undefined
    this.#root = EMPTY_SCOPE
  }

  #namespaceOf(tag: StartTag, scope: Scope): string {
    const { prefix } = tag
    const namespace = prefix === '' ? scope.defaultNamespace : boundNamespace(scope, prefix)
    if (this.#renaming === undefined || this.depth !== this.base) return namespace
    if (prefix === '' && tag.declarations.length === 0) return namespace
    return childNamespace(tag, this.#root, this.#renaming) ?? namespace
  }

  #append(element: Element): void {
    this.flush()
    this.#push(element)
  }

  #push(node: XmlNode): void {
    const { children } = this.#innermost as OpenElement
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
