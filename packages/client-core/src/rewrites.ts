import type { Element } from '@parlour/xml'

/** What changes every stanza that is sent. */
export class Rewrites {
  #all: readonly ((stanza: Element) => Element)[] = []

  /** @returns takes it out again */
  add(rewrite: (stanza: Element) => Element): () => void {
    const own = (stanza: Element) => rewrite(stanza)
    this.#all = [...this.#all, own]
    return () => {
      this.#all = this.#all.filter((other) => other !== own)
    }
  }

  /** The stanza as all of them have it, one after the other. */
  apply(stanza: Element): Element {
    let rewritten = stanza
    for (const rewrite of this.#all) rewritten = rewrite(rewritten)
    return rewritten
  }
}
