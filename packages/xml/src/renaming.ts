/** A namespace that is replaced by another while reading. */
export interface Renaming {
  readonly from: string
  readonly to: string
}

/** What a declared namespace is read as. */
export function renamed(namespace: string, renaming: Renaming | undefined): string {
  return namespace === renaming?.from ? renaming.to : namespace
}

/** What one namespace is read as where the other must not be taken for it. */
export function exchanged(namespace: string, { from, to }: Renaming): string {
  if (namespace === from) return to
  return namespace === to ? from : namespace
}
