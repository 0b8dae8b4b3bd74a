import type { Jid } from '@parlour/jid'
import { type Presence, presence as presenceElement, type Stanza } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import type { Client, ClientExtension } from '../client.ts'
import { ClientError } from '../client-error.ts'
import type { ConnectionState } from '../connection-state.ts'
import { defineClientExtension } from '../extension.ts'
import { Listeners } from '../listeners.ts'
import { PresenceDirectory } from './directory.ts'
import type { OwnPresence, PresenceApi, PresenceChange, SubscriptionRequest } from './presence.ts'

const MAXIMUM_REQUESTS = 1_000

/**
 * Presence: `client.use(presence)`. Load the roster first, so that what contacts send can be told apart (RFC 6121 §2.2).
 *
 * @example
 * const availability = client.use(presence)
 * availability.onRequest(({ from }) => client.use(roster).approve(from))
 * await availability.send({ show: 'away', status: 'at lunch' })
 */
export const presence: ClientExtension<PresenceApi> = defineClientExtension({
  name: 'presence',
  implements: { rfc: 6121 },
  setup: (client) => new ClientPresence(client),
})

class ClientPresence implements PresenceApi {
  readonly #client: Client
  readonly #directory = new PresenceDirectory()
  readonly #changes = new Listeners<PresenceChange>()
  readonly #asked = new Listeners<SubscriptionRequest>()
  readonly #requests = new Map<string, SubscriptionRequest>()
  #own: OwnPresence | undefined

  constructor(client: Client) {
    this.#client = client
    client.stanzas((stanza) => this.#receive(stanza))
    client.onState((state) => this.#stateChanged(state))
    client.outgoing((stanza) => this.#noteAnswer(stanza))
  }

  get own(): OwnPresence | undefined {
    return this.#own
  }

  get requests(): ReadonlyMap<string, SubscriptionRequest> {
    return this.#requests
  }

  async send(fields: OwnPresence = {}, to?: Jid | string): Promise<void> {
    const element = presenceElement({ ...fields, to })
    if (to === undefined) this.#own = fields
    await this.#client.send(element)
  }

  async sendUnavailable(status?: string, to?: Jid | string): Promise<void> {
    if (to === undefined) this.#own = undefined
    await this.#client.send(presenceElement({ type: 'unavailable', status, to }))
  }

  of(jid: Jid | string): ReadonlyMap<string, Presence> {
    return this.#directory.of(jid)
  }

  best(jid: Jid | string): Presence | undefined {
    return this.#directory.best(jid)
  }

  onChange(listener: (change: PresenceChange) => void): () => void {
    return this.#changes.add(listener)
  }

  onRequest(listener: (request: SubscriptionRequest) => void): () => void {
    return this.#asked.add(listener)
  }

  #receive(stanza: Stanza): void {
    if (stanza.kind !== 'presence' || stanza.from === undefined) return
    if (stanza.type === undefined || stanza.type === 'unavailable') {
      const change = this.#directory.take(stanza.from, stanza)
      if (change) this.#changes.emit(change)
    } else if (stanza.type === 'subscribe') this.#requested(stanza.from.bare, stanza)
  }

  #requested(from: Jid, stanza: Presence): void {
    const request = { from, status: stanza.status, presence: stanza }
    const key = from.toString()
    this.#requests.delete(key)
    for (const [oldest] of this.#requests) {
      if (this.#requests.size < MAXIMUM_REQUESTS) break
      this.#requests.delete(oldest)
    }
    this.#requests.set(key, request)
    this.#asked.emit(request)
  }

  /** Whoever is answered, by whichever part of the program, no longer waits. */
  #noteAnswer(stanza: Element): Element {
    const { type, to } = stanza.attributes
    const answers = stanza.name === 'presence' && (type === 'subscribed' || type === 'unsubscribed')
    if (answers && to !== undefined) this.#requests.delete(to)
    return stanza
  }

  #stateChanged(state: ConnectionState): void {
    if (state.status === 'connecting') return
    // What was known holds for as long as the session may go on (XEP-0198 §5).
    if (state.status === 'waiting' ? state.resumable : state.status === 'online' && state.resumed) return
    for (const change of this.#directory.clear()) this.#changes.emit(change)
    if (state.status === 'online') this.#sendAgain()
  }

  #sendAgain(): void {
    const own = this.#own
    if (!own) return
    // A later microtask: who asks for the roster at the same event comes first (RFC 6121 §2.2).
    queueMicrotask(() => {
      if (this.#own !== own || this.#client.state.status !== 'online') return
      this.send(own).catch((error: unknown) => {
        // It did not fit behind what is sent again, or the connection went again: the next session says it anew.
        if (!(error instanceof ClientError)) throw error
      })
    })
  }
}

declare const queueMicrotask: (callback: () => void) => void
