import { AttributeRecord, type Attributes, NO_ATTRIBUTES } from './attributes.ts'
import { XmlError } from './errors.ts'
import { namespaceOf, type Scope, XML_NAMESPACE } from './scope.ts'
import type { StartTag } from './start-tag.ts'

/**
 * The namespace of a prefix.
 *
 * @throws {XmlError} `bad-namespace-prefix`
 */
export function boundNamespace(scope: Scope, prefix: string): string {
  const namespace = namespaceOf(scope, prefix)
  if (namespace === undefined) throw new XmlError('bad-namespace-prefix', 'a prefix that is not declared')
  return namespace
}

/**
 * All attributes of a tag by expanded name.
 *
 * @throws {XmlError} `bad-namespace-prefix`; `not-well-formed` for two of one expanded name (Namespaces in XML 1.0 §6.3)
 */
export function resolveAttributes(tag: StartTag, scope: Scope): Attributes {
  const { prefixed } = tag
  if (prefixed.length === 0) return tag.attributes ?? NO_ATTRIBUTES
  const attributes = tag.attributes ?? new AttributeRecord()
  for (let index = 0; index < prefixed.length; index += 3) {
    const namespace = boundNamespace(scope, prefixed[index] as string)
    const local = prefixed[index + 1] as string
    const key = namespace === XML_NAMESPACE ? `xml:${local}` : `{${namespace}}${local}`
    if (attributes[key] !== undefined) throw new XmlError('not-well-formed', 'an attribute given twice')
    attributes[key] = prefixed[index + 2] as string
  }
  return attributes
}
