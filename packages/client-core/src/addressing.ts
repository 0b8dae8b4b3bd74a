import type { Jid } from '@parlour/jid'
import type { Iq } from '@parlour/stanza'
import type { Element } from '@parlour/xml'

/** The addresses of a request that waits for its answer. */
export interface AskedAddresses {
  /** In whose name it was asked, where that was said. */
  readonly from: Jid | undefined
  readonly to: Jid | undefined
}

/**
 * In whose name stanzas go, and who may answer them: all in which an external component differs from a client once the
 * stream stands.
 */
export interface Addressing {
  /** The stanza as it is sent, or why it cannot be. */
  complete(stanza: Element): Element | RangeError
  /** Whether this answer, whose id fits, is that of whom was asked. */
  mayAnswer(reply: Iq, asked: AskedAddresses): boolean
  /** Who is asked whether the connection is alive. */
  pinged(): string
}

/** A client's: its server writes `from`, and answers in the name of the account (RFC 6120 §8.1.2.1, §10.3). */
export function clientAddressing(account: () => Jid): Addressing {
  return {
    complete: (stanza) => stanza,
    mayAnswer: ({ from }, { to }) => mayAnswer(from, to, account()),
    pinged: () => account().domain,
  }
}

/**
 * Whether `from` may answer what was sent to `to`. An address that is left out stands for the user's own account,
 * whose server answers for it (RFC 6120 §8.1.2.1, §10.3); the server may also name itself.
 */
export function mayAnswer(from: Jid | undefined, to: Jid | undefined, account: Jid): boolean {
  if (from !== undefined && to !== undefined && from.equals(to)) return true
  return speaksForAccount(to, account) && speaksForAccount(from, account)
}

/** Nobody named, the account, this session, or its server: in their names only the user's own server can speak. */
function speaksForAccount(jid: Jid | undefined, account: Jid): boolean {
  if (jid === undefined) return true
  if (jid.isBare) return jid.equals(account.bare) || (jid.local === '' && jid.domain === account.domain)
  return jid.equals(account)
}
