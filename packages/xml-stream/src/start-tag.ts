import { AttributeRecord, type Attributes, NO_ATTRIBUTES } from '@parlour/xml'
import { XML_NAMESPACE } from './conditions.ts'
import type { StreamLimits } from './limits.ts'
import { declare, namespaceOf, type Scope } from './scope.ts'
import { StreamError } from './stream-error.ts'

/** A start tag with its names resolved (Namespaces in XML 1.0). */
export interface StartTag {
  readonly name: string
  readonly namespace: string
  readonly attributes: Attributes
  /** In force inside the element. */
  readonly scope: Scope
}

/** An attribute or element name as written. */
const COLON = 0x3a

/**
 * Resolves what the XML parser found, which checked names and duplicate attributes as written, but knows no namespaces.
 * @throws StreamError `bad-namespace-prefix`, `not-well-formed`, `policy-violation`
 */
export function resolveStartTag(
  qualifiedName: string,
  written: Readonly<Record<string, string>>,
  outer: Scope,
  limits: StreamLimits,
): StartTag {
  if (qualifiedName.length > limits.maxNameLength) throw new StreamError('policy-violation', 'a name is too long')
  let scope = outer
  let count = 0
  let hasPrefixed = false
  let attributes: Record<string, string> | undefined
  for (const name in written) {
    if (++count > limits.maxAttributes) throw new StreamError('policy-violation', 'an element has too many attributes')
    if (name.length > limits.maxNameLength) throw new StreamError('policy-violation', 'a name is too long')
    const value = written[name] as string
    if (name.startsWith('xmlns') && (name.length === 5 || name.charCodeAt(5) === COLON))
      scope = declareWritten(scope, name, value, limits)
    else if (name.includes(':')) hasPrefixed = true
    else {
      attributes ??= new AttributeRecord()
      attributes[name] = value
    }
  }
  if (hasPrefixed) attributes = addPrefixed(attributes ?? new AttributeRecord(), written, scope)
  const colon = qualifiedName.indexOf(':')
  const name = colon < 0 ? qualifiedName : localName(qualifiedName, colon)
  const namespace = colon < 0 ? scope.defaultNamespace : namespaceOf(scope, qualifiedName.slice(0, colon))
  return { name, namespace, attributes: attributes ?? NO_ATTRIBUTES, scope }
}

function declareWritten(scope: Scope, name: string, namespace: string, limits: StreamLimits): Scope {
  if (namespace.length > limits.maxNamespaceLength)
    throw new StreamError('policy-violation', 'a namespace name is too long')
  return declare(scope, name.length === 5 ? '' : localName(name, 5), namespace)
}

/** Attributes with a prefix, by expanded name; two with the same one are refused (Namespaces in XML 1.0 §6.3). */
function addPrefixed(
  attributes: Record<string, string>,
  written: Readonly<Record<string, string>>,
  scope: Scope,
): Record<string, string> {
  for (const name in written) {
    const colon = name.indexOf(':')
    if (colon < 0 || name.startsWith('xmlns:')) continue
    const local = localName(name, colon)
    const namespace = namespaceOf(scope, name.slice(0, colon))
    const key = namespace === XML_NAMESPACE ? `xml:${local}` : `{${namespace}}${local}`
    if (attributes[key] !== undefined) throw new StreamError('not-well-formed', 'an attribute is given twice')
    attributes[key] = written[name] as string
  }
  return attributes
}

/** Namespaces in XML 1.0 §7: at most one colon, with a name on either side. */
function localName(qualifiedName: string, colon: number): string {
  const local = qualifiedName.slice(colon + 1)
  if (colon === 0 || local === '' || local.includes(':') || /^[-.\d]/.test(local)) {
    throw new StreamError('not-well-formed', 'a name is not a qualified name')
  }
  return local
}
