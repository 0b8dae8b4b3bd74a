/** XEP-0191: Blocking Command, version 1.3. */
import { type Client, defineClientExtension, type IqOptions, Listeners } from '@parlour/client-core'
import type { Jid } from '@parlour/jid'
import { type Iq, StanzaError } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import { BLOCKING_NAMESPACE, blockElement, blocklistRequest, readBlockItems, unblockElement } from './wire.ts'

/** A change of the list, by whichever device of the account. */
export type BlockingChange =
  | { readonly type: 'blocked'; readonly addresses: readonly Jid[] }
  | { readonly type: 'unblocked'; readonly addresses: readonly Jid[] }
  | { readonly type: 'all-unblocked' }

/** An address: of a person, one of their devices, or a whole domain (XEP-0191 §6). */
export type BlockedAddress = Jid | string

export interface BlockingApi {
  /** The addresses that are blocked. From then on {@link onChange} tells of changes (XEP-0191 §3.2). */
  list(options?: IqOptions): Promise<readonly Jid[]>
  /** Nothing passes from or to these any more; they see the account offline (XEP-0191 §3.3). */
  block(addresses: Iterable<BlockedAddress>, options?: IqOptions): Promise<void>
  unblock(addresses: Iterable<BlockedAddress>, options?: IqOptions): Promise<void>
  unblockAll(options?: IqOptions): Promise<void>
  /** @returns takes the listener out again */
  onChange(listener: (change: BlockingChange) => void): () => void
}

/** @example await client.use(blockingClient).block(['iago@shakespeare.lit']) */
export const blockingClient = defineClientExtension<BlockingApi>({
  name: 'blocking',
  implements: { xep: 191, version: '1.3' },
  setup: (client) => new Blocking(client),
})

class Blocking implements BlockingApi {
  readonly #client: Client
  readonly #listeners = new Listeners<BlockingChange>()

  constructor(client: Client) {
    this.#client = client
    client.iq.handle('set', BLOCKING_NAMESPACE, 'block', (request) => this.#push(request))
    client.iq.handle('set', BLOCKING_NAMESPACE, 'unblock', (request) => this.#push(request))
  }

  async list(options: IqOptions = {}): Promise<readonly Jid[]> {
    const list = await this.#client.iq.get(blocklistRequest(), options)
    return list ? readBlockItems(list) : []
  }

  async block(addresses: Iterable<BlockedAddress>, options: IqOptions = {}): Promise<void> {
    await this.#client.iq.set(blockElement(addresses), options)
  }

  async unblock(addresses: Iterable<BlockedAddress>, options: IqOptions = {}): Promise<void> {
    const element = unblockElement(addresses)
    // Without any, it would unblock all.
    if (element.children.length > 0) await this.#client.iq.set(element, options)
  }

  async unblockAll(options: IqOptions = {}): Promise<void> {
    await this.#client.iq.set(unblockElement(), options)
  }

  onChange(listener: (change: BlockingChange) => void): () => void {
    return this.#listeners.add(listener)
  }

  #push({ from, payload }: Iq): undefined {
    // Only the own server may say so (as for rosters, RFC 6121 §2.1.6).
    if (from && !from.equals(this.#client.jid.bare)) throw new StanzaError('service-unavailable')
    this.#listeners.emit(readChange(payload as Element))
  }
}

function readChange(element: Element): BlockingChange {
  const addresses = readBlockItems(element)
  if (element.name === 'block') return { type: 'blocked', addresses }
  return addresses.length > 0 ? { type: 'unblocked', addresses } : { type: 'all-unblocked' }
}
