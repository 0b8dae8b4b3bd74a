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

  async commit(commit: Commit): Promise<void> {
    const all = this.#parts.splice(0)
    try {
      await commit(all.flatMap(({ writes }) => writes))
      for (const { resolve } of all) resolve()
    } catch {
      for (const { writes, resolve, reject } of all) await commit(writes).then(resolve, reject) // the same error, once more
    }
  }
}
