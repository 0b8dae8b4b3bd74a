/** XEP-0359: Unique and Stable Stanza IDs, version 0.7.0: ids for what is sent, and those of what is received. */
import { type Client, ClientError, defineClientExtension } from '@parlour/client-core'
import type { Jid } from '@parlour/jid'
import { type Message, StanzaError } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import { type DiscoApi, discoClient } from '../disco/discovery.ts'
import { freshId } from '../fresh-id.ts'
import { originIdElement, readStanzaId, STANZA_IDS_NAMESPACE, type StanzaId } from './wire.ts'

/** From now on every message that is sent has an origin id, equal to its `id`. */
export interface StanzaIdsApi {
  /**
   * The id by which a received message can be referred to and found again: that of the own account, or of the room for
   * a message of a room. `undefined` if it has none, or if whose it is does not announce to keep the rules, so that
   * anybody might have given it (XEP-0359 §6); they are asked once.
   *
   * @throws {ClientError} as every request does
   */
  idOf(message: Message): Promise<StanzaId | undefined>
}

/** Entities of which it is remembered whether they keep the rules. */
const MAX_ENTITIES = 1000

/** @example const { id } = (await client.use(stanzaIdsClient).idOf(message)) ?? {} */
export const stanzaIdsClient = defineClientExtension<StanzaIdsApi>({
  name: 'stanza-ids',
  implements: { xep: 359, version: '0.7.0' },
  setup: (client) => new ClientStanzaIds(client, client.use(discoClient)),
})

class ClientStanzaIds implements StanzaIdsApi {
  readonly #client: Client
  readonly #disco: DiscoApi
  readonly #keepsRules = new Map<string, Promise<boolean>>()

  constructor(client: Client, disco: DiscoApi) {
    this.#client = client
    this.#disco = disco
    client.outgoing((stanza) => this.#annotate(stanza))
  }

  async idOf(message: Message): Promise<StanzaId | undefined> {
    const by = message.type === 'groupchat' ? message.from?.bare : this.#client.jid.bare
    const id = by && readStanzaId(message.element, by)
    return id && (await this.#mayBeTrusted(by)) ? id : undefined
  }

  #mayBeTrusted(by: Jid): Promise<boolean> {
    const key = by.toString()
    const known = this.#keepsRules.get(key)
    if (known) return known
    const asking = this.#ask(key)
    this.#keepsRules.set(key, asking)
    if (this.#keepsRules.size > MAX_ENTITIES) this.#keepsRules.delete(this.#keepsRules.keys().next().value as string)
    return asking
  }

  /** What was not answered for want of a connection is asked again the next time. */
  async #ask(address: string): Promise<boolean> {
    try {
      return (await this.#disco.info(address)).features.includes(STANZA_IDS_NAMESPACE)
    } catch (error) {
      if (error instanceof ClientError) this.#keepsRules.delete(address)
      if (error instanceof StanzaError) return false
      throw error
    }
  }

  #annotate(stanza: Element): Element {
    if (stanza.name !== 'message' || stanza.attribute('type') === 'error') return stanza
    if (stanza.child('origin-id', STANZA_IDS_NAMESPACE)) return stanza
    const id = stanza.attribute('id') ?? freshId(this.#client)
    return stanza.withAttributes({ id }).withChildren([...stanza.children, originIdElement(id)])
  }
}
