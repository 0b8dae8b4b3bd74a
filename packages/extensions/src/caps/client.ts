/** XEP-0115: Entity Capabilities, version 1.6.0: puts this client's into its presence, and remembers those of others. */
import { type Client, type ClientExtension, defineClientExtension } from '@parlour/client-core'
import type { Jid } from '@parlour/jid'
import type { Stanza } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import { type DiscoApi, discoClient } from '../disco/discovery.ts'
import type { DiscoInfo } from '../disco/wire.ts'
import {
  CAPS_NAMESPACE,
  type Capabilities,
  capsElement,
  capsNode,
  readCaps,
  verificationString,
  verifiesCaps,
} from './wire.ts'

export interface CapsApi {
  /**
   * What a contact's client is and can do, by the hash in its presence; asked for once for all clients with the same hash.
   * `undefined` when it has not sent any; rejects as every request does.
   */
  of(jid: Jid | string): Promise<DiscoInfo | undefined>
  /** What stands in this client's presence. */
  own(): Capabilities
}

export interface CapsOptions {
  /** A URI that stands for the program. */
  readonly node: string
  /** The service discovery extension that answers for this client. Default {@link discoClient}. */
  readonly disco?: ClientExtension<DiscoApi>
}

const MAX_ENTITIES = 10_000
const MAX_HASHES = 1000

/** Capabilities of a program with a node of its own. */
export function capsClientWith({ node, disco = discoClient }: CapsOptions): ClientExtension<CapsApi> {
  return defineClientExtension({
    name: 'caps',
    implements: { xep: 115, version: '1.6.0' },
    features: [CAPS_NAMESPACE],
    setup: (client) => new ClientCaps(client, client.use(disco), node),
  })
}

/** @example const info = await client.use(capsClient).of('romeo@example.net/orchard') */
export const capsClient: ClientExtension<CapsApi> = capsClientWith({
  node: 'https://www.npmjs.com/package/@parlour/client',
})

class ClientCaps implements CapsApi {
  readonly #disco: DiscoApi
  readonly #node: string
  readonly #seen = new Map<string, Capabilities>()
  /** Verified answers by hash: valid for whoever has the same (XEP-0115 §5.4). */
  readonly #verified = new Map<string, DiscoInfo>()
  readonly #pending = new Map<string, Promise<DiscoInfo>>()

  constructor(client: Client, disco: DiscoApi, node: string) {
    this.#disco = disco
    this.#node = node
    client.stanzas((stanza) => this.#look(stanza))
    client.outgoing((stanza) => this.#annotate(stanza))
    disco.addNodes((asked) => (asked === capsNode(this.own()) ? disco.own() : undefined))
  }

  own(): Capabilities {
    return { hash: 'sha-1', node: this.#node, ver: verificationString(this.#disco.own()) }
  }

  async of(jid: Jid | string): Promise<DiscoInfo | undefined> {
    const address = jid.toString()
    const caps = this.#seen.get(address)
    if (!caps) return undefined
    // An answer that does not verify belongs to its entity only.
    const known = this.#verified.get(caps.ver) ?? this.#verified.get(keyOf(address, caps))
    return known ?? this.#ask(address, caps)
  }

  #ask(address: string, caps: Capabilities): Promise<DiscoInfo> {
    const key = keyOf(address, caps)
    const pending = this.#pending.get(key)
    if (pending) return pending
    const asking = this.#disco
      .info(address, capsNode(caps))
      .then((info) => {
        remember(this.#verified, verifiesCaps(info, caps) ? caps.ver : key, info, MAX_HASHES)
        return info
      })
      .finally(() => this.#pending.delete(key))
    this.#pending.set(key, asking)
    return asking
  }

  #look(stanza: Stanza): void {
    if (stanza.kind !== 'presence' || !stanza.from) return
    const address = stanza.from.toString()
    const caps = stanza.type === undefined ? readCaps(stanza.element) : undefined
    if (caps) remember(this.#seen, address, caps, MAX_ENTITIES)
    else if (stanza.type === 'unavailable') this.#seen.delete(address)
  }

  /** XEP-0115 §6.1: "a client SHOULD include entity capabilities with every presence notification it sends". */
  #annotate(stanza: Element): Element {
    if (stanza.name !== 'presence' || stanza.attribute('type') !== undefined) return stanza
    if (stanza.child('c', CAPS_NAMESPACE)) return stanza
    return stanza.withChildren([...stanza.children, capsElement(this.own())])
  }
}

/** No hash has a line break in it. */
function keyOf(address: string, { ver }: Capabilities): string {
  return `${ver}\n${address}`
}

function remember<Value>(map: Map<string, Value>, key: string, value: Value, max: number): void {
  map.delete(key)
  map.set(key, value)
  if (map.size > max) map.delete(map.keys().next().value as string)
}
