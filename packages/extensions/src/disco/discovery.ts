import { type Client, type ClientExtension, defineClientExtension, type IqOptions } from '@parlour/client-core'
import type { Jid } from '@parlour/jid'
import { type Iq, StanzaError } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import {
  DISCO_INFO_NAMESPACE,
  DISCO_ITEMS_NAMESPACE,
  type DiscoIdentity,
  type DiscoInfo,
  type DiscoItem,
  discoInfoElement,
  discoInfoRequest,
  discoItemsElement,
  discoItemsRequest,
  readDiscoInfo,
  readDiscoItems,
} from './wire.ts'

export interface DiscoApi {
  /** What an entity, or a node of it, is and can do. Rejects as every request does. */
  info(to: Jid | string, node?: string, options?: IqOptions): Promise<DiscoInfo>
  /** What belongs to an entity, or to a node of it. */
  items(to: Jid | string, node?: string, options?: IqOptions): Promise<readonly DiscoItem[]>
  /** What this client tells of itself: its identities, and the features of the extensions in use. */
  own(): DiscoInfo
  /** Answers for nodes of this client; `undefined` for nodes it does not know. @returns takes it out again */
  addNodes(find: (node: string) => DiscoInfo | undefined): () => void
}

const EMPTY_INFO: DiscoInfo = { identities: [], features: [], extensions: [] }

/** Service discovery for a client with these identities (XEP-0030 §3.1: at least one). */
export function discoClientWith(identities: readonly DiscoIdentity[]): ClientExtension<DiscoApi> {
  return defineClientExtension({
    name: 'disco',
    implements: { xep: 30, version: '2.5.0' },
    features: [DISCO_INFO_NAMESPACE, DISCO_ITEMS_NAMESPACE],
    setup: (client) => new ClientDisco(client, identities),
  })
}

/** @example const { features } = await client.use(discoClient).info('example.com') */
export const discoClient: ClientExtension<DiscoApi> = discoClientWith([
  { category: 'client', type: 'console', name: 'Parlour' },
])

class ClientDisco implements DiscoApi {
  readonly #client: Client
  readonly #identities: readonly DiscoIdentity[]
  readonly #finders = new Set<(node: string) => DiscoInfo | undefined>()

  constructor(client: Client, identities: readonly DiscoIdentity[]) {
    this.#client = client
    this.#identities = identities
    client.iq.handle('get', DISCO_INFO_NAMESPACE, 'query', (iq) => this.#answerInfo(iq))
    client.iq.handle('get', DISCO_ITEMS_NAMESPACE, 'query', (iq) => this.#answerItems(iq))
  }

  async info(to: Jid | string, node?: string, options: IqOptions = {}): Promise<DiscoInfo> {
    const answer = await this.#client.iq.get(discoInfoRequest(node), { ...options, to })
    return answer ? readDiscoInfo(answer) : EMPTY_INFO
  }

  async items(to: Jid | string, node?: string, options: IqOptions = {}): Promise<readonly DiscoItem[]> {
    const answer = await this.#client.iq.get(discoItemsRequest(node), { ...options, to })
    return answer ? readDiscoItems(answer) : []
  }

  own(): DiscoInfo {
    const features = new Set([
      DISCO_INFO_NAMESPACE,
      DISCO_ITEMS_NAMESPACE,
      ...this.#client.extensions.flatMap((extension) => extension.features ?? []),
    ])
    return { identities: this.#identities, features: [...features].sort(), extensions: [] }
  }

  addNodes(find: (node: string) => DiscoInfo | undefined): () => void {
    this.#finders.add(find)
    return () => {
      this.#finders.delete(find)
    }
  }

  #answerInfo({ payload }: Iq): Element {
    const node = payload?.attribute('node')
    return discoInfoElement(node === undefined ? this.own() : { ...this.#node(node), node })
  }

  #answerItems({ payload }: Iq): Element {
    const node = payload?.attribute('node')
    if (node !== undefined) this.#node(node)
    return discoItemsElement([], node)
  }

  #node(node: string): DiscoInfo {
    for (const find of this.#finders) {
      const found = find(node)
      if (found) return found
    }
    throw new StanzaError('item-not-found')
  }
}
