import { AttributeRecord } from './attributes.ts'
import { copyString, internString } from './copy.ts'
import { XmlError } from './errors.ts'
import type { ParserLimits } from './limits.ts'
import { isName } from './names.ts'

const NOTHING: string[] = []
Object.freeze(NOTHING)

/** A start tag, as it is read. One object serves all tags of a parser. */
export class StartTag {
  /** `''` without one. */
  prefix = ''
  name = ''
  /** Attributes without a prefix; those with one are added when their namespace is known. */
  attributes: Record<string, string> | undefined
  /** Prefix, local name and value of each attribute with a prefix. */
  prefixed: string[] = NOTHING
  /** Prefix (`''` for the default) and namespace of each declaration. */
  declarations: string[] = NOTHING
  selfClosing = false
  #attributeCount = 0

  /** Nothing is read yet. */
  clear(): void {
    this.prefix = this.name = ''
    this.attributes = undefined
    this.prefixed = this.declarations = NOTHING
    this.#attributeCount = 0
  }

  /** @throws {XmlError} `limit-exceeded`, `not-well-formed` */
  add(name: string, value: string, limits: ParserLimits): void {
    if (++this.#attributeCount > limits.maxAttributes) throw new XmlError('limit-exceeded', 'too many attributes')
    const colon = name.indexOf(':')
    if (colon !== -1) this.#addPrefixed(name, colon, value, limits)
    else if (name === 'xmlns') this.#declare('', value, limits)
    else {
      assertName(name, limits)
      this.attributes ??= new AttributeRecord()
      this.attributes[name] = value
    }
  }

  /**
   * The tag is complete.
   *
   * @throws {XmlError} `limit-exceeded`, `not-well-formed`
   */
  end(qualifiedName: string, selfClosing: boolean, limits: ParserLimits): void {
    const colon = qualifiedName.indexOf(':')
    this.selfClosing = selfClosing
    if (colon === -1) {
      assertName(qualifiedName, limits)
      this.name = qualifiedName
    } else {
      this.prefix = prefixOf(qualifiedName, colon, limits)
      this.name = localOf(qualifiedName, colon, limits)
    }
  }

  /** For an open root: its strings must not retain the piece they came in, and names are one for all streams. */
  copy(): void {
    this.prefix = internString(this.prefix)
    this.name = internString(this.name)
    this.prefixed = this.prefixed.map(internString)
    this.declarations = this.declarations.map(internString)
    if (this.attributes === undefined) return
    const attributes = new AttributeRecord()
    for (const key in this.attributes) attributes[copyString(key)] = copyString(this.attributes[key] as string)
    this.attributes = attributes
  }

  #addPrefixed(name: string, colon: number, value: string, limits: ParserLimits): void {
    const prefix = prefixOf(name, colon, limits)
    const local = localOf(name, colon, limits)
    if (prefix === 'xmlns') this.#declare(local, value, limits)
    else if (this.prefixed === NOTHING) this.prefixed = [prefix, local, value]
    else this.prefixed.push(prefix, local, value)
  }

  #declare(prefix: string, namespace: string, limits: ParserLimits): void {
    if (namespace.length > limits.maxNamespaceLength) throw new XmlError('limit-exceeded', 'namespace too long')
    if (this.declarations === NOTHING) this.declarations = [prefix, namespace]
    else this.declarations.push(prefix, namespace)
  }
}

/** XML 1.0 §2.3 and Namespaces in XML 1.0 §3: the parser below takes colons for letters, and has the fifth edition only. */
function assertName(name: string, limits: ParserLimits): void {
  if (name.length > limits.maxNameLength) throw new XmlError('limit-exceeded', 'name too long')
  if (!isName(name)) throw new XmlError('not-well-formed', 'not a name')
}

function prefixOf(qualifiedName: string, colon: number, limits: ParserLimits): string {
  const prefix = qualifiedName.slice(0, colon)
  assertName(prefix, limits)
  return prefix
}

function localOf(qualifiedName: string, colon: number, limits: ParserLimits): string {
  const local = qualifiedName.slice(colon + 1)
  assertName(local, limits)
  return local
}
