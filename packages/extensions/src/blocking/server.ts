/**
 * XEP-0191: Blocking Command, version 1.3: nothing passes between an account and the addresses it has blocked; to them it
 * appears offline.
 */
import type { Jid } from '@parlour/jid'
import {
  type ClientSession,
  type DeliveryEvent,
  defineServerModule,
  type IqRequest,
  type ModuleHost,
  type StanzaEvent,
  type Verdict,
} from '@parlour/server-core'
import { iq, readStanza, StanzaError } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import * as v from 'valibot'
import { noteInterest } from '../session-interest.ts'
import { BlockedPresence } from './blocked-presence.ts'
import { type Blocklist, Blocklists } from './blocklists.ts'
import { blockingParts } from './portable.ts'
import { verdictInbound, verdictOutbound } from './verdicts.ts'
import { BLOCKING_NAMESPACE, blockElement, blocklistElement, readBlockItems, unblockElement } from './wire.ts'

const configuration = v.strictObject({
  maxEntries: v.pipe(
    v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 1000),
    v.description('addresses that one account blocks'),
  ),
})

/** The name under which a session remembers that it asked for the list. */
const INTEREST = 'blocklist'

type Host = ModuleHost<v.InferOutput<typeof configuration>>

export const blockingServer = defineServerModule({
  name: 'blocking',
  implements: [{ xep: 191, version: '1.3' }],
  config: configuration,
  setup(host) {
    const blocking = new Blocking(host)
    const forget = (account: Jid) => blocking.lists.forget(account.toString())
    const parts = blockingParts(blocking.lists, host.config.maxEntries).map((part) => host.portable(part))
    return [
      ...parts,
      host.discovery.advertise(BLOCKING_NAMESPACE),
      host.iq.get(BLOCKING_NAMESPACE, 'blocklist', (request) => blocking.list(request)),
      host.iq.set(BLOCKING_NAMESPACE, 'block', (request) => blocking.block(request)),
      host.iq.set(BLOCKING_NAMESPACE, 'unblock', (request) => blocking.unblock(request)),
      host.on('guard', blocking.guardOutbound, { direction: 'outbound' }),
      host.on('guard', blocking.guardInbound, { direction: 'inbound' }),
      host.on('deliver', blocking.withhold),
      host.on('sessionBound', (session) => blocking.prepare(session)),
      host.on('sessionRestored', (session) => blocking.prepare(session)),
      host.on('accountCreated', forget),
      host.on('accountRemoved', forget),
    ]
  },
})

class Blocking {
  readonly lists: Blocklists
  readonly #host: Host
  readonly #presence: BlockedPresence

  constructor(host: Host) {
    this.#host = host
    this.lists = new Blocklists(host)
    this.#presence = new BlockedPresence(host)
  }

  async list({ to, session }: IqRequest): Promise<Element> {
    const list = await this.lists.get(to.toString())
    // §3.3: its changes go to "all of the user's resources that have requested the blocklist".
    if (session) noteInterest(session, INTEREST)
    return blocklistElement(list)
  }

  async block({ to, payload }: IqRequest): Promise<undefined> {
    const addresses = readBlockItems(payload).map(String)
    if (addresses.length === 0) throw new StanzaError('bad-request', 'there is nothing to block')
    const { before, after } = await this.lists.replace(to.toString(), (list) => this.#add(list, addresses))
    this.#push(to, blockElement(addresses))
    await this.#presence.leave(to, before, after)
  }

  async unblock({ to, payload }: IqRequest): Promise<undefined> {
    const addresses = readBlockItems(payload).map(String)
    const without = (list: Blocklist): Blocklist => {
      // §3.5: "an empty <unblock/> element" unblocks all.
      const kept = new Set(addresses.length === 0 ? [] : list)
      for (const address of addresses) kept.delete(address)
      return kept
    }
    const { before, after } = await this.lists.replace(to.toString(), without)
    this.#push(to, unblockElement(addresses))
    await this.#presence.appear(to, before, after)
  }

  /** What is delivered to a session is judged without waiting: the list has to be there. */
  async prepare(session: ClientSession): Promise<void> {
    await this.lists.get(session.account)
  }

  readonly guardOutbound = (event: StanzaEvent): Verdict | Promise<Verdict> => {
    const { from } = event.stanza
    if (!from || from.local === '') return undefined
    const list = this.lists.get(event.session?.account ?? from.bare.toString())
    if (list instanceof Promise) return list.then((loaded) => this.#judgeOutbound(event, loaded))
    return list.size === 0 ? undefined : this.#judgeOutbound(event, list)
  }

  readonly guardInbound = ({ stanza }: StanzaEvent): Verdict | Promise<Verdict> => {
    const { to } = stanza
    if (!to || to.local === '') return undefined
    const list = this.lists.get(to.bare.toString())
    if (list instanceof Promise) return list.then((loaded) => verdictInbound(stanza, loaded, this.#host.domain))
    return list.size === 0 ? undefined : verdictInbound(stanza, list, this.#host.domain)
  }

  /** What was kept before its sender was blocked: offline messages, subscription requests (RFC 6121 §3.1.3). */
  readonly withhold = (event: DeliveryEvent): 'handled' | undefined => {
    const { session } = event
    const list = this.lists.cached(session.account)
    if (list.size === 0) return undefined
    return verdictInbound(event.stanza, list, this.#host.domain, session.jid) ? 'handled' : undefined
  }

  #push(account: Jid, payload: Element): void {
    for (const session of this.#host.sessions(account)) {
      if (!session.remembered.has(INTEREST)) continue
      const push = iq({ type: 'set', id: this.#host.randomHex(8), to: session.jid.toString(), payload })
      this.#host.deliver(readStanza(push), session)
    }
  }

  #judgeOutbound({ stanza, session }: StanzaEvent, list: Blocklist): Verdict {
    if (this.#presence.isFarewell(stanza.element)) return undefined
    return verdictOutbound(stanza, list, this.#host.domain, session !== undefined)
  }

  #add(list: Blocklist, addresses: readonly string[]): Blocklist {
    const all = new Set([...list, ...addresses])
    const { maxEntries } = this.#host.config
    if (all.size > maxEntries && all.size > list.size)
      throw new StanzaError('resource-constraint', `at most ${maxEntries} addresses can be blocked`)
    return all
  }
}
