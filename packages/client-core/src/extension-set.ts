import type { Client, ClientExtension } from './client.ts'

/** The extensions of one client, in the order in which they were set up. */
export class ExtensionSet {
  readonly #known = new Map<string, { readonly extension: ClientExtension<unknown>; readonly api: unknown }>()

  get all(): readonly ClientExtension<unknown>[] {
    return Array.from(this.#known.values(), ({ extension }) => extension)
  }

  /** What it offers; it is set up at the first call. */
  use<Api>(extension: ClientExtension<Api>, client: Client): Api {
    const known = this.#known.get(extension.name)
    if (known) return known.api as Api
    const api = extension.setup(client)
    this.#known.set(extension.name, { extension, api })
    return api
  }
}
