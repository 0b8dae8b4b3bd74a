import { XmlError } from './errors.ts'

export const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace'
const XMLNS_NAMESPACE = 'http://www.w3.org/2000/xmlns/'

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
 * @throws {XmlError} `not-well-formed` for what Namespaces in XML 1.0 §2.2, §3 and §6.3 forbid
 */
export function declare(outer: Scope, declarations: readonly string[]): Scope {
  let { defaultNamespace, bindings } = outer
  for (let index = 0; index < declarations.length; index += 2) {
    const prefix = declarations[index] as string
    const namespace = declarations[index + 1] as string
    assertDeclarable(prefix, namespace)
    for (let earlier = 0; earlier < index; earlier += 2) {
      if (declarations[earlier] === prefix) throw new XmlError('not-well-formed', 'a prefix declared twice')
    }
    if (prefix === '') defaultNamespace = namespace
    else if (prefix !== 'xml') bindings = { prefix, namespace, next: bindings }
  }
  return { defaultNamespace, bindings }
}

function assertDeclarable(prefix: string, namespace: string): void {
  if (prefix === 'xmlns') throw new XmlError('not-well-formed', "the prefix 'xmlns' cannot be declared")
  if ((prefix === 'xml') !== (namespace === XML_NAMESPACE) || namespace === XMLNS_NAMESPACE) {
    throw new XmlError('not-well-formed', 'a reserved prefix or namespace in a declaration')
  }
  if (prefix !== '' && namespace === '') throw new XmlError('not-well-formed', 'a prefix without a namespace')
}
