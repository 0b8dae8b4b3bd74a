import { createJid, type Jid, JidError } from '@parlour/jid'
import { StanzaError } from '@parlour/stanza'

/** RFC 2142 and what people take for the operator's: not for everybody to have. */
const RESERVED: ReadonlySet<string> = new Set([
  ...['abuse', 'admin', 'administrator', 'feedback', 'hostmaster', 'info', 'marketing', 'news', 'noc', 'operator'],
  ...['postmaster', 'root', 'sales', 'security', 'support', 'system', 'trouble', 'webmaster', 'xmpp'],
])

/**
 * The address of an account to be made.
 *
 * @throws StanzaError `not-acceptable` for what is no localpart (RFC 7622 §3.3), too long or reserved
 */
export function accountAddress(username: string, domain: string, options: { max: number; reserved: boolean }): Jid {
  const jid = prepare(username, domain)
  if (jid.local.length > options.max)
    throw new StanzaError('not-acceptable', `a username has at most ${options.max} characters here`)
  if (options.reserved && RESERVED.has(jid.local)) throw new StanzaError('not-acceptable', 'this username is reserved')
  return jid
}

function prepare(username: string, domain: string): Jid {
  try {
    const jid = createJid(username, domain)
    if (jid.local !== '') return jid
  } catch (error) {
    if (!(error instanceof JidError)) throw error
    throw new StanzaError('not-acceptable', 'this cannot be a username', { cause: error })
  }
  throw new StanzaError('not-acceptable', 'a username is needed')
}
