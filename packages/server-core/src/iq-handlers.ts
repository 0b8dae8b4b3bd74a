import type { Jid } from '@parlour/jid'
import { type Iq, StanzaError } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import type { ClientSession } from './client-session.ts'

export type IqTarget = 'server' | 'account'

/** An IQ request that the server answers: for itself, or on behalf of an account (RFC 6121 §8.5.2.1.3). */
export interface IqRequest {
  readonly iq: Iq
  readonly payload: Element
  readonly from: Jid
  readonly target: IqTarget
  /** The bare JID of the account it was sent to; for `target: 'server'` the domain. */
  readonly to: Jid
  /** The session that sent it, when a client of this server did. */
  readonly session: ClientSession | undefined
}

/**
 * Answers with the payload of the result, or `undefined` for an empty result. Refuses by throwing a `StanzaError`; any
 * other throw is logged with the module's name and answered with `internal-server-error`.
 */
export type IqHandler = (request: IqRequest) => Element | undefined | Promise<Element | undefined>

export interface IqHandlerOptions {
  /** What it may be addressed to. Default `'account'`. */
  readonly target?: IqTarget | 'any'
  /**
   * Who may ask. `'owner'` (default): for accounts only the account itself; everybody else gets `service-unavailable`,
   * as if there were no such account (RFC 6120 §13.10). For the server: any of its own accounts. `'anyone'`: the handler decides.
   */
  readonly access?: 'owner' | 'anyone'
}

interface Entry {
  readonly module: string
  readonly handler: IqHandler
  readonly options: Required<IqHandlerOptions>
}

/** The IQ handlers of one host, by type, target and payload. */
export class IqHandlers {
  readonly #entries = new Map<string, Entry>()
  readonly #domain: string

  constructor(domain: string) {
    this.#domain = domain
  }

  /** @throws Error when another module answers the same payload already. */
  add(
    module: string,
    type: 'get' | 'set',
    namespace: string,
    name: string,
    handler: IqHandler,
    options: IqHandlerOptions = {},
  ): () => void {
    const entry: Entry = {
      module,
      handler,
      options: { target: options.target ?? 'account', access: options.access ?? 'owner' },
    }
    const targets: readonly IqTarget[] = entry.options.target === 'any' ? ['server', 'account'] : [entry.options.target]
    const keys = targets.map((target) => keyOf(type, target, namespace, name))
    for (const key of keys) this.#insert(key, entry)
    return () => {
      for (const key of keys) this.#entries.delete(key)
    }
  }

  /** The module and handler for a request. Throws `service-unavailable` where there is none, or none for this sender. */
  find(request: IqRequest): { module: string; handler: IqHandler } {
    const { iq, payload, target } = request
    const entry = this.#entries.get(keyOf(iq.type, target, payload.namespace, payload.name))
    if (!entry || (entry.options.access === 'owner' && !this.#isOwner(request)))
      throw new StanzaError('service-unavailable')
    return entry
  }

  #isOwner(request: IqRequest): boolean {
    const { from, to, target } = request
    if (target === 'server') return from.domain === this.#domain && from.local !== ''
    return from.local === to.local && from.domain === to.domain
  }

  #insert(key: string, entry: Entry): void {
    const other = this.#entries.get(key)
    if (other) throw new Error(`modules ${other.module} and ${entry.module} both answer ${key}`)
    this.#entries.set(key, entry)
  }
}

function keyOf(type: string, target: IqTarget, namespace: string, name: string): string {
  return `${type} ${target} {${namespace}}${name}`
}
