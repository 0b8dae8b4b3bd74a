import { isJid, parseJid } from '@parlour/jid'

/** The domain that an address names, prepared for comparison; `undefined` for anything else (RFC 6120 §4.7). */
export function readDomain(address: string | undefined): string | undefined {
  if (address === undefined || !isJid(address)) return undefined
  const jid = parseJid(address)
  return jid.local === '' && jid.resource === '' ? jid.domain : undefined
}
