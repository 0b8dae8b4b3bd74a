import { type Jid, parseJid } from '@parlour/jid'
import {
  ROSTER_NAMESPACE,
  ROSTER_VERSIONING_FEATURE,
  type RosterItem,
  rosterGet,
  rosterRemoval,
  rosterUpdate,
} from '@parlour/roster'
import { type Iq, type PresenceType, presence, StanzaError } from '@parlour/stanza'
import type { Client, ClientExtension } from '../client.ts'
import { ClientError } from '../client-error.ts'
import type { ConnectionState } from '../connection-state.ts'
import { defineClientExtension } from '../extension.ts'
import { Listeners } from '../listeners.ts'
import { Contacts } from './contacts.ts'
import type { Roster, RosterCache, RosterEvent, RosterFields } from './roster.ts'

/**
 * The roster: `client.use(roster)`.
 *
 * @example
 * const contacts = client.use(roster)
 * await contacts.load()
 * contacts.onChange((event) => console.log(event.type))
 * await contacts.set('juliet@example.com', { name: 'Juliet' })
 * await contacts.subscribe('juliet@example.com')
 */
export const roster: ClientExtension<Roster> = rosterWith({})

/** The roster with a place where it is kept between sessions; use it before `client.use(roster)`. */
export function rosterWith(options: { readonly cache?: RosterCache }): ClientExtension<Roster> {
  return defineClientExtension({
    name: 'roster',
    implements: { rfc: 6121 },
    setup: (client) => new ClientRoster(client, options.cache),
  })
}

class ClientRoster implements Roster {
  readonly #client: Client
  readonly #cache: RosterCache | undefined
  readonly #contacts = new Contacts()
  readonly #changes = new Listeners<RosterEvent>()
  /** The roster was wanted, so it is kept current over reconnections. */
  #wanted = false
  #cacheRead = false
  refusedPushes = 0

  constructor(client: Client, cache: RosterCache | undefined) {
    this.#client = client
    this.#cache = cache
    client.iq.handle('set', ROSTER_NAMESPACE, 'query', (request) => this.#push(request))
    client.onState((state) => this.#stateChanged(state))
  }

  get items(): ReadonlyMap<string, RosterItem> {
    return this.#contacts.items
  }

  get version(): string | undefined {
    return this.#contacts.version
  }

  async load(): Promise<ReadonlyMap<string, RosterItem>> {
    this.#wanted = true
    if (this.#cache && !this.#cacheRead) await this.#readCache(this.#cache)
    const result = await this.#client.iq.get(rosterGet(this.#knownVersion()))
    // Nothing in the result: what is known is current, and pushes tell the rest (RFC 6121 §2.6.3).
    if (result?.is('query', ROSTER_NAMESPACE)) this.#changed(this.#contacts.read(result))
    return this.items
  }

  async set(jid: Jid | string, fields: RosterFields = {}): Promise<void> {
    const address = bareOf(jid)
    const known = this.items.get(address)
    const { name = known?.name, groups = known?.groups } = fields
    await this.#client.iq.set(rosterUpdate(address, name, groups))
  }

  async remove(jid: Jid | string): Promise<void> {
    await this.#client.iq.set(rosterRemoval(bareOf(jid)))
  }

  async subscribe(jid: Jid | string, status?: string): Promise<void> {
    await this.#send('subscribe', jid, status)
  }

  async approve(jid: Jid | string): Promise<void> {
    await this.#send('subscribed', jid)
  }

  async deny(jid: Jid | string): Promise<void> {
    await this.#send('unsubscribed', jid)
  }

  async unsubscribe(jid: Jid | string): Promise<void> {
    await this.#send('unsubscribe', jid)
  }

  onChange(listener: (event: RosterEvent) => void): () => void {
    return this.#changes.add(listener)
  }

  /** Subscription stanzas go to the bare JID (RFC 6121 §3.1.1). */
  #send(type: PresenceType, jid: Jid | string, status?: string): Promise<void> {
    return this.#client.send(presence({ type, to: bareOf(jid), status }))
  }

  #stateChanged(state: ConnectionState): void {
    // After a resumption the pushes of the meantime come by themselves (XEP-0198 §5).
    if (state.status !== 'online' || state.resumed || !this.#wanted) return
    this.load().catch((error: unknown) => {
      // The connection went again, or the server did not answer: the next session asks anew.
      if (!(error instanceof ClientError || error instanceof StanzaError)) throw error
    })
  }

  /** Only the user's own server may push (RFC 6121 §2.1.6); who else tries learns nothing. */
  #push({ from, payload }: Iq): undefined {
    if (from !== undefined && !from.equals(this.#client.jid.bare)) {
      this.refusedPushes++
      throw new StanzaError('service-unavailable')
    }
    const event = payload && this.#contacts.apply(payload)
    if (event) this.#changed(event)
    return undefined
  }

  #changed(event: RosterEvent): void {
    this.#changes.emit(event)
    const { version, items } = this.#contacts
    if (!this.#cache || version === undefined) return
    this.#cache.save(this.#client.jid.bare, { version, items: [...items.values()] }).catch((error: unknown) => {
      throw error
    })
  }

  async #readCache(cache: RosterCache): Promise<void> {
    this.#cacheRead = true
    const kept = await cache.load(this.#client.jid.bare)
    if (kept && this.version === undefined) this.#changes.emit(this.#contacts.replace(kept.items, kept.version))
  }

  /** A version is sent only to a server that knows versions (RFC 6121 §2.6.2); `''`: none is known yet. */
  #knownVersion(): string | undefined {
    const offered = this.#client.agreement?.features.child('ver', ROSTER_VERSIONING_FEATURE)
    return offered && (this.version ?? '')
  }
}

function bareOf(jid: Jid | string): string {
  return (typeof jid === 'string' ? parseJid(jid) : jid).bare.toString()
}
