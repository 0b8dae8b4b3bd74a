/** XEP-0030: Service Discovery, version 2.5.0: what the server and its accounts are and can do. */
import { type DiscoveryTarget, defineServerModule, type IqRequest, type ModuleHost } from '@parlour/server-core'
import { StanzaError } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import { type DiscoNode, type DiscoNodes, discoNodes } from './nodes.ts'
import {
  DISCO_INFO_NAMESPACE,
  DISCO_ITEMS_NAMESPACE,
  type DiscoInfo,
  type DiscoItem,
  discoInfoElement,
  discoItemsElement,
} from './wire.ts'

export { type DiscoNode, type DiscoNodes, discoNodes } from './nodes.ts'

export const discoServer = defineServerModule({
  name: 'disco',
  implements: [
    { xep: 30, version: '2.5.0' },
    { xep: 128, version: '1.0.1' },
  ],
  setup(host) {
    const answers = new DiscoAnswers(host)
    return [
      host.discovery.identify('server', { category: 'server', type: 'im', name: 'Parlour' }),
      host.discovery.identify('account', { category: 'account', type: 'registered' }),
      host.discovery.advertise(DISCO_INFO_NAMESPACE, 'server', 'account'),
      host.discovery.advertise(DISCO_ITEMS_NAMESPACE, 'server', 'account'),
      host.iq.get(DISCO_INFO_NAMESPACE, 'query', (request) => answers.info(request), {
        target: 'any',
        access: 'anyone',
      }),
      host.iq.get(DISCO_ITEMS_NAMESPACE, 'query', (request) => answers.items(request), {
        target: 'any',
        access: 'anyone',
      }),
      host.provide(discoNodes, answers),
    ]
  },
})

/** What it is, made when it is looked at: most want to know only whether it has changed. */
class ServerInfo {
  readonly revision: number
  readonly #make: () => DiscoInfo

  constructor(revision: number, make: () => DiscoInfo) {
    this.revision = revision
    this.#make = make
  }

  get info(): DiscoInfo {
    return this.#make()
  }
}

class DiscoAnswers implements DiscoNodes {
  readonly #host: ModuleHost
  readonly #nodes = new Map<string, DiscoNode>()
  readonly #finders = new Set<(node: string) => DiscoNode | undefined>()
  readonly #extensions = new Set<() => Element>()
  #revision = 0

  constructor(host: ModuleHost) {
    this.#host = host
  }

  addNode(node: string, answers: DiscoNode): () => void {
    if (this.#nodes.has(node)) throw new Error(`the node ${node} is taken`)
    this.#nodes.set(node, answers)
    return () => {
      this.#nodes.delete(node)
    }
  }

  addNodes(find: (node: string) => DiscoNode | undefined): () => void {
    this.#finders.add(find)
    return () => {
      this.#finders.delete(find)
    }
  }

  addExtension(form: () => Element): () => void {
    this.#extensions.add(form)
    this.#revision++
    return () => {
      this.#extensions.delete(form)
      this.#revision++
    }
  }

  serverInfo(): { info: DiscoInfo; revision: number } {
    return new ServerInfo(this.#host.discovery.revision + this.#revision, () => this.#own('server'))
  }

  async info(request: IqRequest): Promise<Element> {
    await this.#assertMayAsk(request)
    const node = request.payload.attribute('node')
    if (node !== undefined) return discoInfoElement({ ...(await this.#node(node, request).info(request)), node })
    return discoInfoElement(this.#own(request.target))
  }

  async items(request: IqRequest): Promise<Element> {
    await this.#assertMayAsk(request)
    const node = request.payload.attribute('node')
    if (node !== undefined) return discoItemsElement(await this.#node(node, request).items(request), node)
    return discoItemsElement(request.target === 'server' ? this.#host.discovery.items() : this.#resources(request))
  }

  #own(target: DiscoveryTarget): DiscoInfo {
    const { discovery } = this.#host
    const extensions = target === 'server' ? [...this.#extensions].map((form) => form()) : []
    return { identities: discovery.identities(target), features: discovery.features(target), extensions }
  }

  /** XEP-0030 §8: an account tells who shares its presence only; to others it is as if it did not exist. */
  async #assertMayAsk({ target, from, to }: IqRequest): Promise<void> {
    if (target === 'server' || from.bare.equals(to) || (await this.#host.isSubscribed(to, from.bare))) return
    throw new StanzaError('service-unavailable')
  }

  #node(node: string, request: IqRequest): DiscoNode {
    const found = request.target === 'server' ? (this.#nodes.get(node) ?? this.#find(node)) : undefined
    if (!found) throw new StanzaError('item-not-found', `there is no node ${node}`)
    return found
  }

  #find(node: string): DiscoNode | undefined {
    for (const find of this.#finders) {
      const found = find(node)
      if (found) return found
    }
    return undefined
  }

  /** RFC 6121 §8.5.2.1.3 with XEP-0030 §4.2: the account's available resources. */
  #resources({ to }: IqRequest): DiscoItem[] {
    return this.#host.sessions(to).flatMap((session) => (session.available ? [{ jid: session.jid.toString() }] : []))
  }
}
