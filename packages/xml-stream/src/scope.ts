import { XML_NAMESPACE, XMLNS_NAMESPACE } from './conditions.ts'
import { StreamError } from './stream-error.ts'

/** The namespaces in force in an element: the default one, and those with a prefix, nearest first. */
export interface Scope {
  readonly defaultNamespace: string
  readonly bindings: Binding | undefined
}

interface Binding {
  readonly prefix: string
  readonly namespace: string
  readonly next: Binding | undefined
}

export const EMPTY_SCOPE: Scope = { defaultNamespace: '', bindings: undefined }

/** @throws StreamError `bad-namespace-prefix` for a prefix that nothing declares (RFC 6120 §4.9.3.2) */
export function namespaceOf(scope: Scope, prefix: string): string {
  for (let binding = scope.bindings; binding !== undefined; binding = binding.next) {
    if (binding.prefix === prefix) return binding.namespace
  }
  if (prefix === 'xml') return XML_NAMESPACE
  throw new StreamError('bad-namespace-prefix', 'a prefix is not declared')
}

/** The scope with one more declaration; `prefix` is `''` for `xmlns`. @throws StreamError for what Namespaces in XML 1.0 forbids */
export function declare(outer: Scope, prefix: string, namespace: string): Scope {
  const isReserved = (prefix === 'xml') !== (namespace === XML_NAMESPACE) || namespace === XMLNS_NAMESPACE
  if (prefix === 'xmlns' || isReserved)
    throw new StreamError('not-well-formed', 'a reserved prefix or namespace is declared')
  if (prefix === '') return { defaultNamespace: namespace, bindings: outer.bindings }
  if (namespace === '') throw new StreamError('not-well-formed', 'a prefix is declared without a namespace')
  return { defaultNamespace: outer.defaultNamespace, bindings: { prefix, namespace, next: outer.bindings } }
}
