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
   * Who may ask. `'owner'` (default): for accounts only the account itself, everybody else gets {@link refusal}. For the
   * server: any of its own accounts. `'anyone'`: the handler decides, and refuses with {@link refusal} too.
   */
  readonly access?: 'owner' | 'anyone'
  /**
   * What is answered to who may not ask, and also where there is no such account, so that the answer does not tell which
   * accounts there are (RFC 6120 §13.11). Default `'service-unavailable'`.
   */
  readonly refusal?: 'service-unavailable' | 'forbidden' | 'not-allowed'
}

/** A registered handler, and whose it is. */
export interface IqHandlerEntry {
  readonly module: string
  readonly handler: IqHandler
  readonly options: Required<IqHandlerOptions>
}

const DEFAULT_OPTIONS: Required<IqHandlerOptions> = {
  target: 'account',
  access: 'owner',
  refusal: 'service-unavailable',
}

/** The IQ handlers of one host, by type, target and payload. */
export class IqHandlers {
  readonly #entries = new Map<string, IqHandlerEntry>()
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
    const entry: IqHandlerEntry = { module, handler, options: { ...DEFAULT_OPTIONS, ...options } }
    const targets: readonly IqTarget[] = entry.options.target === 'any' ? ['server', 'account'] : [entry.options.target]
    const keys = targets.map((target) => keyOf(type, target, namespace, name))
    for (const key of keys) this.#assertFree(key, module)
    for (const key of keys) this.#entries.set(key, entry)
    return () => {
      for (const key of keys) if (this.#entries.get(key) === entry) this.#entries.delete(key)
    }
  }

  /** The handler for a request. @throws StanzaError where there is none, or none for this sender */
  find(request: IqRequest): IqHandlerEntry {
    const { iq, payload, target } = request
    const entry = this.#entries.get(keyOf(iq.type, target, payload.namespace, payload.name))
    if (!entry) throw new StanzaError('service-unavailable')
    if (entry.options.access === 'owner' && !this.#isOwner(request)) throw new StanzaError(entry.options.refusal)
    return entry
  }

  #isOwner(request: IqRequest): boolean {
    const { from, to, target } = request
    if (target === 'server') return from.domain === this.#domain && from.local !== ''
    return from.local === to.local && from.domain === to.domain
  }

  #assertFree(key: string, module: string): void {
    const other = this.#entries.get(key)
    if (other) throw new Error(`modules ${other.module} and ${module} both answer ${key}`)
  }
}

function keyOf(type: string, target: IqTarget, namespace: string, name: string): string {
  return `${type} ${target} {${namespace}}${name}`
}
