import { type Jid, parseJid } from '@parlour/jid'
import { DirectedPresence } from '@parlour/routing'
import type { Json } from '@parlour/storage'
import type { PresenceSession } from './presence-port.ts'

/** The name under which a session remembers to whom it has directed presence. */
const REMEMBERED = 'directed-presence'
/** How many of them outlive a restart of the server: a change writes all. */
const MAX_REMEMBERED = 100

/** To whom each session has directed presence (RFC 6121 §4.6), also one that is brought back after a restart (XEP-0198 §5). */
export class DirectedPresences<S extends PresenceSession> {
  readonly #known = new WeakMap<S, DirectedPresence>()

  get(session: S): DirectedPresence | undefined {
    const known = this.#known.get(session)
    if (known) return known
    const remembered = session.remembered.get(REMEMBERED)
    return remembered === undefined ? undefined : this.#restore(session, remembered)
  }

  /** False: there are too many. */
  add(session: S, entity: Jid): boolean {
    const directed = this.get(session) ?? this.#begin(session)
    const before = directed.size
    if (!directed.add(entity)) return false
    if (directed.size > before && directed.size <= MAX_REMEMBERED) this.#remember(session, directed)
    return true
  }

  delete(session: S, entity: Jid): void {
    const directed = this.get(session)
    if (directed?.delete(entity)) this.#remember(session, directed)
  }

  /** All of them, of a session that directs presence to nobody any more. */
  take(session: S): readonly Jid[] {
    const entities = this.get(session)?.take() ?? []
    if (entities.length > 0) session.remember(REMEMBERED, undefined)
    return entities
  }

  #begin(session: S): DirectedPresence {
    const directed = new DirectedPresence()
    this.#known.set(session, directed)
    return directed
  }

  #restore(session: S, remembered: Json): DirectedPresence {
    const directed = this.#begin(session)
    for (const entity of remembered as readonly string[]) directed.add(parseJid(entity))
    return directed
  }

  #remember(session: S, directed: DirectedPresence): void {
    const addresses = directed.entities().slice(0, MAX_REMEMBERED).map(String)
    session.remember(REMEMBERED, addresses.length > 0 ? addresses : undefined)
  }
}
