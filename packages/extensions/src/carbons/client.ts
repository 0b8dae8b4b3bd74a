/** XEP-0280: Message Carbons, version 1.0.1: both sides of the conversations that other clients of the account have. */
import { type Client, ClientError, defineClientExtension, type IqOptions, Listeners } from '@parlour/client-core'
import { CARBONS_NAMESPACE, type Carbon, carbonsRequest, readCarbon } from './wire.ts'

export interface CarbonsApi {
  /** Whether copies were asked for; after a reconnection they are asked for again. */
  readonly isEnabled: boolean
  /** Copies from now on, of all that the account's other clients send and receive. Rejects as every request does. */
  enable(options?: Pick<IqOptions, 'signal' | 'timeoutMs'>): Promise<void>
  disable(options?: Pick<IqOptions, 'signal' | 'timeoutMs'>): Promise<void>
  /**
   * Hears of every copy that the own server made; what others pass off as one is not told (CVE-2017-5589). Nothing may
   * be answered automatically because of a copy (XEP-0280 §10.4). @returns takes the listener out again
   */
  onCopy(listener: (carbon: Carbon) => void): () => void
}

/**
 * @example
 * const carbons = client.use(carbonsClient)
 * carbons.onCopy(({ direction, message }) => console.log(direction, message.body))
 * await carbons.enable()
 */
export const carbonsClient = defineClientExtension<CarbonsApi>({
  name: 'carbons',
  implements: { xep: 280, version: '1.0.1' },
  setup: (client) => new ClientCarbons(client),
})

class ClientCarbons implements CarbonsApi {
  isEnabled = false
  readonly #client: Client
  readonly #listeners = new Listeners<Carbon>()

  constructor(client: Client) {
    this.#client = client
    client.stanzas((stanza) => {
      const carbon = stanza.kind === 'message' ? readCarbon(stanza, client.jid) : undefined
      if (carbon) this.#listeners.emit(carbon)
    })
    client.inline(CARBONS_NAMESPACE, () => (this.isEnabled ? carbonsRequest('enable') : undefined))
    client.onState((state) => {
      const isDone = state.status !== 'online' || state.resumed || client.agreement?.inline?.has(CARBONS_NAMESPACE)
      if (this.isEnabled && !isDone) void this.#enableAgain()
    })
  }

  async enable(options: Pick<IqOptions, 'signal' | 'timeoutMs'> = {}): Promise<void> {
    await this.#client.iq.set(carbonsRequest('enable'), options)
    this.isEnabled = true
  }

  async disable(options: Pick<IqOptions, 'signal' | 'timeoutMs'> = {}): Promise<void> {
    await this.#client.iq.set(carbonsRequest('disable'), options)
    this.isEnabled = false
  }

  onCopy(listener: (carbon: Carbon) => void): () => void {
    return this.#listeners.add(listener)
  }

  /** A new session has no copies yet (XEP-0280 §4); one that ends meanwhile is followed by another. */
  async #enableAgain(): Promise<void> {
    try {
      await this.enable()
    } catch (error) {
      if (!(error instanceof ClientError)) this.isEnabled = false
    }
  }
}
