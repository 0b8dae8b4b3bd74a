import { type Jid, parseJid } from '@parlour/jid'
import type { Presence } from '@parlour/stanza'
import type { PresenceChange } from './presence.ts'

/** Resources remembered at the most: what strangers send must not fill the memory. */
const MAXIMUM_RESOURCES = 20_000

const NOBODY: ReadonlyMap<string, Presence> = new Map()

/** Who is available, by bare JID and resource. */
export class PresenceDirectory {
  readonly #contacts = new Map<string, Map<string, Presence>>()
  readonly #maximum: number
  #size = 0

  constructor(maximum: number = MAXIMUM_RESOURCES) {
    this.#maximum = maximum
  }

  /** Takes presence that says who is available or not; undefined if nothing changed. */
  take(from: Jid, presence: Presence): PresenceChange | undefined {
    if (presence.type === undefined) return this.#available(from, presence)
    return this.#unavailable(from) ? { jid: from, presence: undefined } : undefined
  }

  of(jid: Jid | string): ReadonlyMap<string, Presence> {
    return this.#contacts.get(bareText(jid)) ?? NOBODY
  }

  best(jid: Jid | string): Presence | undefined {
    let best: Presence | undefined
    for (const presence of this.of(jid).values())
      if (best === undefined || presence.priority >= best.priority) best = presence
    return best
  }

  /** Forgets everybody. */
  clear(): PresenceChange[] {
    const changes = Array.from(this.#contacts.values(), (resources) => [...resources.values()])
      .flat()
      .flatMap(({ from }) => (from ? [{ jid: from, presence: undefined }] : []))
    this.#contacts.clear()
    this.#size = 0
    return changes
  }

  #available(from: Jid, presence: Presence): PresenceChange | undefined {
    const bare = from.bare.toString()
    const resources = this.#contacts.get(bare) ?? new Map<string, Presence>()
    // Taken out first, so that the one heard of last stands last.
    if (!resources.delete(from.resource)) {
      if (this.#size >= this.#maximum) return undefined
      this.#size++
    }
    resources.set(from.resource, presence)
    this.#contacts.set(bare, resources)
    return { jid: from, presence }
  }

  /** From a bare JID it is about every resource (RFC 6121 §4.5.4: a server says so of an account that is gone). */
  #unavailable(from: Jid): boolean {
    const bare = from.bare.toString()
    const resources = this.#contacts.get(bare)
    if (!resources) return false
    const before = resources.size
    if (from.isBare) resources.clear()
    else resources.delete(from.resource)
    this.#size -= before - resources.size
    if (resources.size === 0) this.#contacts.delete(bare)
    return resources.size < before
  }
}

function bareText(jid: Jid | string): string {
  return (typeof jid === 'string' ? parseJid(jid) : jid).bare.toString()
}
