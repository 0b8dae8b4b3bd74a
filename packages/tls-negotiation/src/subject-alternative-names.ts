/** One entry of a certificate's subjectAltName that XMPP looks at (RFC 6120 §13.7.1.2, RFC 9525 §2). */
export type SubjectAlternativeName =
  | { readonly type: 'dns'; readonly value: string }
  | { readonly type: 'ip'; readonly value: string }
  /** id-on-xmppAddr: a JID (RFC 6120 §13.7.1.4). */
  | { readonly type: 'xmpp-address'; readonly value: string }
  /** id-on-dnsSRV: `_xmpp-client.example.org` (RFC 4985). */
  | { readonly type: 'srv-name'; readonly value: string }

/** Node's word for a kind of entry → ours. */
const KINDS: Readonly<Record<string, SubjectAlternativeName['type']>> = { DNS: 'dns', 'IP Address': 'ip' }

/** The same behind `othername:`, by OpenSSL's short names and by object identifier. */
const OTHER_KINDS: Readonly<Record<string, SubjectAlternativeName['type']>> = {
  XmppAddr: 'xmpp-address',
  'id-on-xmppAddr': 'xmpp-address',
  '1.3.6.1.5.5.7.8.5': 'xmpp-address',
  SRVName: 'srv-name',
  'id-on-dnsSRV': 'srv-name',
  '1.3.6.1.5.5.7.8.7': 'srv-name',
}

/**
 * Reads the text that Node prints as `X509Certificate.subjectAltName`. Entries of other kinds are left out. Values
 * may be JSON strings (an entry with a comma or a quote in it), so the text is never split at commas blindly
 * (CVE-2021-44532); UTF-8 values, which Node prints as Latin-1, are decoded again.
 *
 * @example parseSubjectAltName('DNS:example.org, othername:XmppAddr:juliet@example.org')
 */
export function parseSubjectAltName(text: string | undefined): SubjectAlternativeName[] {
  return splitEntries(text ?? '').flatMap((entry) => parseEntry(entry) ?? [])
}

interface Entry {
  readonly kind: string
  readonly value: string
}

/** `kind:value`, where the value is a JSON string or runs to the next `, `. What fits neither ends the reading. */
const ENTRY = /([^:,"]+):(?:("(?:[^"\\]|\\.)*")|([^,"]*))(?:, |$)/y

function splitEntries(text: string): Entry[] {
  const entries: Entry[] = []
  ENTRY.lastIndex = 0
  while (ENTRY.lastIndex < text.length) {
    const [, kind, quoted, plain] = ENTRY.exec(text) ?? []
    if (kind === undefined) return entries
    const value = quoted === undefined ? plain : unquote(quoted)
    if (value !== undefined) entries.push({ kind, value })
  }
  return entries
}

function parseEntry({ kind, value }: Entry): SubjectAlternativeName | undefined {
  if (kind === 'othername') return parseOtherName(value)
  const type = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined
  return type && { type, value }
}

function parseOtherName(text: string): SubjectAlternativeName | undefined {
  const colon = text.indexOf(':')
  const kind = text.slice(0, colon).trim()
  const type = colon > 0 && Object.hasOwn(OTHER_KINDS, kind) ? OTHER_KINDS[kind] : undefined
  const value = text.slice(colon + 1).replace(/^:/, '') // older versions of OpenSSL write two colons
  return type && { type, value: type === 'xmpp-address' ? decodeLatin1(value) : value }
}

function unquote(quoted: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(quoted)
    return typeof parsed === 'string' ? parsed : undefined
  } catch {
    return undefined // not a JSON string: no name to trust
  }
}

/** Text whose characters are UTF-8 octets; text that is not such is returned as it is. */
function decodeLatin1(value: string): string {
  const codes = Array.from(value, (character) => character.charCodeAt(0))
  if (codes.some((code) => code > 255)) return value
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(codes))
  } catch {
    return value // not UTF-8 octets: it was printed as it is
  }
}
