import type { Write } from '@parlour/storage'

type Commit = (writes: readonly Write[]) => Promise<void>

interface Part {
  readonly writes: readonly Write[]
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** What several have to store, in one commit. If that fails, each is tried by itself: one that cannot be stored must not keep back the others. */
export class CommonCommit {
  readonly #parts: Part[] = []

  /** Resolves when it is stored. */
  readonly add = (writes: readonly Write[]): Promise<void> =>
    new Promise((resolve, reject) => this.#parts.push({ writes, resolve, reject }))

  /**
   * @param end stored with all of it, or once all of it is
   * @param otherwise stored instead where some of it cannot be
   */
  async commit(commit: Commit, end: readonly Write[] = [], otherwise: readonly Write[] = []): Promise<void> {
    const all = this.#parts.splice(0)
    try {
      await commit([...all.flatMap(({ writes }) => writes), ...end])
      for (const { resolve } of all) resolve()
    } catch {
      let isWhole = true
      const failed = () => {
        isWhole = false
      }
      for (const { writes, resolve, reject } of all) {
        const stored = commit(writes)
        await stored.then(resolve, reject) // the same error, once more
        await stored.catch(failed)
      }
      const last = isWhole ? end : otherwise
      if (last.length > 0) await commit(last)
    }
  }
}
