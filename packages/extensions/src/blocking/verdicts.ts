import { isJid, type Jid, parseJid } from '@parlour/jid'
import type { Verdict } from '@parlour/server-core'
import { type Stanza, StanzaError } from '@parlour/stanza'
import type { Blocklist } from './blocklists.ts'
import { blockedError, matchesBlocked } from './wire.ts'

const ROOM_USER_NAMESPACE = 'http://jabber.org/protocol/muc#user'

/** XEP-0191 §3.3: what becomes of a stanza to an account with this list. */
export function verdictInbound(stanza: Stanza, list: Blocklist, domain: string, account = stanza.to): Verdict {
  const { from } = stanza
  if (!from || !account || !isBlocked(from, list, domain, account)) return verdictOnInvitation(stanza, list)
  // "For presence stanzas … the server MUST NOT respond and MUST NOT return an error."
  return stanza.kind === 'presence' ? 'handled' : new StanzaError('service-unavailable')
}

/** XEP-0191 §3.3: what becomes of a stanza from an account with this list. */
export function verdictOutbound(stanza: Stanza, list: Blocklist, domain: string, isByClient: boolean): Verdict {
  const { from, to } = stanza
  if (!from || !to || !isBlocked(to, list, domain, from)) return undefined
  if (isByClient) return blockedError()
  // An error in the account's name is how the server itself refuses what a blocked address sent.
  return stanza.type === 'error' ? undefined : 'handled'
}

/**
 * XEP-0191 §4: "An implementation MUST NOT block communications from one of a user's resources to another". Nor does who
 * blocks all users of the own server lose the server itself.
 */
function isBlocked(other: Jid, list: Blocklist, domain: string, account: Jid): boolean {
  if (other.domain === domain && (other.local === '' || other.local === account.local)) return false
  return matchesBlocked(list, other)
}

/** XEP-0045 §7.8.2: a room that is not blocked invites in the name of who may be. */
function verdictOnInvitation(stanza: Stanza, list: Blocklist): Verdict {
  if (stanza.kind !== 'message' || stanza.type === 'error') return undefined
  const inviter = stanza.element.child('x', ROOM_USER_NAMESPACE)?.child('invite')?.attribute('from')
  const isRefused = inviter !== undefined && isJid(inviter) && matchesBlocked(list, parseJid(inviter))
  return isRefused ? new StanzaError('service-unavailable') : undefined
}
