import { XmlError } from './errors.ts'
import { type Renaming, renamed } from './renaming.ts'

export const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace'
const XMLNS_NAMESPACE = 'http://www.w3.org/2000/xmlns/'
/** Prefixes in force at a time: a look-up passes them all. Real stanzas have two or three. */
const MAX_BINDINGS = 256
/** ASCII that no URI has (RFC 3986 §2). */
const NOT_IN_URI = /[^!#-;=?-[\]_a-z~\u{80}-\u{10ffff}]/u

/** The namespaces in force in an element: the default one, and those with a prefix, nearest first. */
export interface Scope {
  readonly defaultNamespace: string
  readonly bindings: Binding | undefined
}

/** One declared prefix, and those declared before it. A list, because there are rarely more than two. */
interface Binding {
  readonly prefix: string
  readonly namespace: string
  readonly next: Binding | undefined
  /** Of this one and those before it. */
  readonly count: number
}

export const EMPTY_SCOPE: Scope = { defaultNamespace: '', bindings: undefined }

/** The namespace that a prefix stands for, if any. */
export function namespaceOf(scope: Scope, prefix: string): string | undefined {
  for (let binding = scope.bindings; binding !== undefined; binding = binding.next) {
    if (binding.prefix === prefix) return binding.namespace
  }
  return prefix === 'xml' ? XML_NAMESPACE : undefined
}

/**
 * The scope inside an element with declarations; `prefix` `''` stands for `xmlns`.
 *
 * @param renaming of namespaces that are declared here
 * @throws {XmlError} `not-well-formed` for what Namespaces in XML 1.0 §2.2, §3 and §6.3 forbid; `limit-exceeded`
 */
export function declare(outer: Scope, declarations: readonly string[], renaming?: Renaming): Scope {
  let { defaultNamespace, bindings } = outer
  for (let index = 0; index < declarations.length; index += 2) {
    const prefix = declarations[index] as string
    const written = declarations[index + 1] as string
    assertDeclarable(prefix, written)
    const namespace = renamed(written, renaming)
    if (prefix === '') defaultNamespace = namespace
    else if (prefix !== 'xml') bindings = bound(prefix, namespace, bindings)
  }
  return { defaultNamespace, bindings }
}

function bound(prefix: string, namespace: string, next: Binding | undefined): Binding {
  const count = next === undefined ? 1 : next.count + 1
  if (count > MAX_BINDINGS) throw new XmlError('limit-exceeded', 'too many prefixes')
  return { prefix, namespace, next, count }
}

function assertDeclarable(prefix: string, namespace: string): void {
  if (prefix === 'xmlns') throw new XmlError('not-well-formed', "the prefix 'xmlns' cannot be declared")
  if ((prefix === 'xml') !== (namespace === XML_NAMESPACE) || namespace === XMLNS_NAMESPACE) {
    throw new XmlError('not-well-formed', 'a reserved prefix or namespace in a declaration')
  }
  if (prefix !== '' && namespace === '') throw new XmlError('not-well-formed', 'a prefix without a namespace')
  // Namespaces in XML 1.0 §2.2. Parsers that join names with such a character (expat) refuse it, and so would the receiver's.
  if (NOT_IN_URI.test(namespace)) throw new XmlError('not-well-formed', 'a namespace that is no URI')
}
