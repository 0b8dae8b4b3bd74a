import { type Jid, parseJid } from '@parlour/jid'
import type { Audience, ClientSession, ModuleHost } from '@parlour/server-core'
import { presence } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import type { Blocklist } from './blocklists.ts'
import { matchesBlocked } from './wire.ts'

/** What those who are blocked and unblocked see of an account: it leaves, and it is there again. */
export class BlockedPresence {
  readonly #host: ModuleHost
  readonly #farewells = new WeakSet<Element>()

  constructor(host: Pick<ModuleHost, keyof ModuleHost>) {
    this.#host = host
  }

  /** Whether this is the unavailable presence that a blocked address gets at last. */
  isFarewell(stanza: Element): boolean {
    return this.#farewells.has(stanza)
  }

  /** XEP-0191 §3.3: "the user's server MUST send unavailable presence information to the JID (but only if …)". */
  leave(account: Jid, before: Blocklist, after: Blocklist): Promise<void> {
    return this.#tell(account, (session, audience) => {
      const known = session.available ? changed(audience.subscribers, before, after) : []
      const directed = audience.directed.filter((jid) => isAdded(jid, before, after)).map(String)
      return [...new Set([...known, ...directed])].map((to) => {
        const farewell = presence({ type: 'unavailable', from: session.jid.toString(), to })
        this.#farewells.add(farewell)
        return farewell
      })
    })
  }

  /** XEP-0191 §3.4: "the user's server MUST send the user's current presence information to the JID (but only if …)". */
  appear(account: Jid, before: Blocklist, after: Blocklist): Promise<void> {
    return this.#tell(account, (session, audience) => {
      const current = session.presence?.element
      return current ? changed(audience.subscribers, after, before).map((to) => current.withAttributes({ to })) : []
    })
  }

  async #tell(
    account: Jid,
    stanzas: (session: ClientSession, audience: Audience) => readonly Element[],
  ): Promise<void> {
    for (const session of this.#host.sessions(account)) {
      const audience = await this.#host.audience(session)
      await Promise.all(stanzas(session, audience).map((stanza) => this.#send(stanza)))
    }
  }

  /** The list is stored: that one contact cannot be told does not undo it. */
  async #send(stanza: Element): Promise<void> {
    try {
      await this.#host.send(stanza)
    } catch (error) {
      this.#host.log.error({ error }, 'presence could not be sent to an address that was blocked or unblocked')
    }
  }
}

/** Of the contacts, those that only the longer list matches; and their resources that it names. */
function changed(contacts: readonly string[], shorter: Blocklist, longer: Blocklist): string[] {
  const known = new Set(contacts)
  const whole = contacts.filter((contact) => isAdded(parseJid(contact), shorter, longer))
  const resources = [...longer].filter((entry) => {
    if (shorter.has(entry)) return false
    const jid = parseJid(entry)
    return jid.isFull && known.has(jid.bare.toString()) && isAdded(jid, shorter, longer)
  })
  return [...whole, ...resources.filter((entry) => !whole.includes(parseJid(entry).bare.toString()))]
}

function isAdded(jid: Jid, shorter: Blocklist, longer: Blocklist): boolean {
  return matchesBlocked(longer, jid) && !matchesBlocked(shorter, jid)
}
