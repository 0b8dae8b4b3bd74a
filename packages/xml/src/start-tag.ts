import { AttributeRecord } from './attributes.ts'
import { copyString, internString } from './copy.ts'
import { XmlError } from './errors.ts'
import type { ParserLimits } from './limits.ts'
import { isName } from './names.ts'

const NOTHING: string[] = []
Object.freeze(NOTHING)

/** A start tag, as it was written. */
export interface WrittenTag {
  readonly name: string
  readonly attributes: Record<string, string>
  readonly isSelfClosing: boolean
}

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

  /** Nothing is read yet. */
  clear(): void {
    this.prefix = this.name = ''
    this.attributes = undefined
    this.prefixed = this.declarations = NOTHING
  }

  /**
   * Takes a tag that is complete.
   *
   * @throws {XmlError} `limit-exceeded`, `not-well-formed`
   */
  read({ name, attributes, isSelfClosing }: WrittenTag, limits: ParserLimits): void {
    this.selfClosing = isSelfClosing
    this.#readAttributes(attributes, limits)
    const colon = name.indexOf(':')
    if (colon === -1) {
      assertName(name, limits)
      this.name = name
    } else {
      this.prefix = prefixOf(name, colon, limits)
      this.name = localOf(name, colon, limits)
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

  /** The record itself is kept, if all that is in it is for the element. */
  #readAttributes(written: Record<string, string>, limits: ParserLimits): void {
    let count = 0
    let isPlain = true
    for (const name in written) {
      if (++count > limits.maxAttributes) throw new XmlError('limit-exceeded', 'too many attributes')
      if (name === 'xmlns' || name.includes(':')) isPlain = false
      else assertName(name, limits)
    }
    if (count === 0) return
    if (isPlain) this.attributes = written
    else this.#split(written, limits)
  }

  #split(written: Record<string, string>, limits: ParserLimits): void {
    for (const name in written) {
      const value = written[name] as string
      const colon = name.indexOf(':')
      if (colon !== -1) this.#addPrefixed(name, colon, value, limits)
      else if (name === 'xmlns') this.#declare('', value, limits)
      else {
        this.attributes ??= new AttributeRecord()
        this.attributes[name] = value
      }
    }
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
