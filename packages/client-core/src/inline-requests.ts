import type { InlineRequest } from '@parlour/stream-negotiation'
import type { Element } from '@parlour/xml'

/** What extensions want to be had along with binding. */
export class InlineRequests {
  readonly #sources = new Set<{ readonly feature: string; element(): Element | undefined }>()

  /** @returns takes it out again */
  add(feature: string, element: () => Element | undefined): () => void {
    const source = { feature, element }
    this.#sources.add(source)
    return () => void this.#sources.delete(source)
  }

  /** What is wanted now. */
  get wanted(): readonly InlineRequest[] {
    return [...this.#sources].flatMap(({ feature, element }) => {
      const wanted = element()
      return wanted ? [{ feature, element: wanted }] : []
    })
  }
}
