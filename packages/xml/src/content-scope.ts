import { exchanged, type Renaming, renamed } from './renaming.ts'
import { namespaceOf, type Scope } from './scope.ts'
import type { StartTag } from './start-tag.ts'

/** The scope of an open root as its children see it. */
export function renamedScope({ defaultNamespace, bindings }: Scope, renaming: Renaming): Scope {
  const copied = (binding: Scope['bindings']): Scope['bindings'] =>
    binding && { ...binding, namespace: renamed(binding.namespace, renaming), next: copied(binding.next) }
  return { defaultNamespace: exchanged(defaultNamespace, renaming), bindings: copied(bindings) }
}

/** The namespace of a child of the root, which has a prefix or declarations; `root` is the scope as written there. */
export function childNamespace(
  { prefix, declarations }: StartTag,
  root: Scope,
  renaming: Renaming,
): string | undefined {
  let written = prefix === '' ? root.defaultNamespace : namespaceOf(root, prefix)
  for (let index = 0; index < declarations.length; index += 2)
    if (declarations[index] === prefix) written = declarations[index + 1]
  return written && exchanged(written, renaming)
}
