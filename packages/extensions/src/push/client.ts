/** XEP-0357: Push Notifications, version 0.4.1: a push service may be told of what happens while this client is away. */
import { type Client, defineClientExtension, type IqOptions } from '@parlour/client-core'
import { StanzaError } from '@parlour/stanza'
import { discoClient } from '../disco/discovery.ts'
import { disablePushElement, enablePushElement, PUSH_NAMESPACE, type PushEnabling, type PushTarget } from './wire.ts'

/** Requests to the own account. */
export type PushRequestOptions = Pick<IqOptions, 'signal' | 'timeoutMs'>

export interface PushApi {
  /** Whether the own server notifies push services (XEP-0357 §4.1). */
  isSupported(options?: PushRequestOptions): Promise<boolean>
  /**
   * Has the server notify a node of a push service; the one before for the same node is replaced. It outlives the
   * session: call it in each session, since the server ties it to the device that asked last. Rejects as every request does.
   */
  enable(service: PushEnabling, options?: PushRequestOptions): Promise<void>
  /** No more notifications to a node, or without one to the whole service. */
  disable(service: PushTarget, options?: PushRequestOptions): Promise<void>
}

/** @example await client.use(pushClient).enable({ jid: parseJid('push-5.client.example'), node: 'yxs32uqsflafdk3iuqo' }) */
export const pushClient = defineClientExtension<PushApi>({
  name: 'push',
  implements: { xep: 357, version: '0.4.1' },
  setup: (client) => new ClientPush(client),
})

class ClientPush implements PushApi {
  readonly #client: Client

  constructor(client: Client) {
    this.#client = client
  }

  async isSupported(options: PushRequestOptions = {}): Promise<boolean> {
    try {
      const account = this.#client.jid.bare
      return (await this.#client.use(discoClient).info(account, undefined, options)).features.includes(PUSH_NAMESPACE)
    } catch (error) {
      if (error instanceof StanzaError) return false
      throw error
    }
  }

  async enable(service: PushEnabling, options: PushRequestOptions = {}): Promise<void> {
    await this.#client.iq.set(enablePushElement(service), options)
  }

  async disable(service: PushTarget, options: PushRequestOptions = {}): Promise<void> {
    await this.#client.iq.set(disablePushElement(service), options)
  }
}
