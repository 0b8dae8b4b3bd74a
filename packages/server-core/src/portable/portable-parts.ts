import type { ElementName } from '@parlour/portable-data'
import type { PortablePart } from './portable-part.ts'

const keyOf = ({ name, namespace }: ElementName): string => `{${namespace}}${name}`

/** The parts of the accounts of one host, in the order in which they are exported. */
export class PortableParts implements Iterable<PortablePart> {
  readonly #parts = new Map<string, PortablePart>()

  /** @throws Error when the element is taken */
  add(part: PortablePart): () => void {
    const key = keyOf(part.element)
    if (this.#parts.has(key)) throw new Error(`${key} is a part of accounts already`)
    this.#parts.set(key, part)
    return () => {
      if (this.#parts.get(key) === part) this.#parts.delete(key)
    }
  }

  /** Who takes an item, by its container or by itself. */
  find(element: ElementName, within: ElementName | undefined): PortablePart | undefined {
    const part = this.#parts.get(keyOf(within ?? element))
    return part && Boolean(part.isContainer) === (within !== undefined) ? part : undefined
  }

  /** The elements whose children are items. */
  get containers(): readonly ElementName[] {
    return [...this].filter(({ isContainer }) => isContainer).map(({ element }) => element)
  }

  [Symbol.iterator](): Iterator<PortablePart> {
    return this.#parts.values()
  }
}
