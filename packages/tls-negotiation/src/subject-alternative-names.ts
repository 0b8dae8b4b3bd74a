/** One entry of a certificate's subjectAltName that XMPP looks at (RFC 6120 §13.7.1.2, RFC 9525 §2). */
export type SubjectAlternativeName =
  | { readonly type: 'dns'; readonly value: string }
  | { readonly type: 'ip'; readonly value: string }
  /** id-on-xmppAddr: a JID (RFC 6120 §13.7.1.4). */
  | { readonly type: 'xmpp-address'; readonly value: string }
  /** id-on-dnsSRV: `_xmpp-client.example.org` (RFC 4985). */
  | { readonly type: 'srv-name'; readonly value: string }

/** Node's word for a kind of entry → ours; `othername:` entries carry their own kind behind it. */
const KINDS: Readonly<Record<string, SubjectAlternativeName['type']>> = {
  DNS: 'dns',
  'IP Address': 'ip',
  'othername:XmppAddr': 'xmpp-address',
  'othername:id-on-xmppAddr': 'xmpp-address',
  'othername:1.3.6.1.5.5.7.8.5': 'xmpp-address',
  'othername:SRVName': 'srv-name',
  'othername:id-on-dnsSRV': 'srv-name',
  'othername:1.3.6.1.5.5.7.8.7': 'srv-name',
}

/**
 * Reads the text that Node prints as `X509Certificate.subjectAltName`. Entries of other kinds are left out. Values
 * may be JSON strings (an entry with a comma or a quote in it), so the text is never split at commas blindly; UTF-8
 * values, which Node prints as Latin-1, are decoded again.
 *
 * @example parseSubjectAltName('DNS:example.org, othername:XmppAddr:juliet@example.org')
 */
export function parseSubjectAltName(text: string | undefined): SubjectAlternativeName[] {
  return splitEntries(text ?? '').flatMap((entry) => parseEntry(entry) ?? [])
}

function parseEntry(entry: string): SubjectAlternativeName | undefined {
  const kind = Object.keys(KINDS).find((k) => entry.startsWith(`${k}:`))
  const type = kind === undefined ? undefined : KINDS[kind]
  if (kind === undefined || type === undefined) return undefined
  const value = unquote(entry.slice(kind.length + 1))
  return value === undefined ? undefined : { type, value: type === 'xmpp-address' ? decodeLatin1(value) : value }
}

/** Splits at `, ` outside of JSON strings. A quote begins a string only where a value begins. */
function splitEntries(text: string): string[] {
  const entries = text.match(/(?:[A-Za-z0-9 .-]+:)+(?:"(?:[^"\\]|\\.)*"|[^,"]*)(?=, |$)/g)
  return entries?.map((entry) => entry.replace(/^ /, '')) ?? []
}

function unquote(value: string): string | undefined {
  if (!value.startsWith('"')) return value
  try {
    const parsed: unknown = JSON.parse(value)
    return typeof parsed === 'string' ? parsed : undefined
  } catch {
    return undefined // not a JSON string: no name to trust
  }
}

/** Text whose characters are UTF-8 octets; text that is not such is returned as it is. */
function decodeLatin1(value: string): string {
  const octets = Uint8Array.from(value, (character) => character.codePointAt(0) ?? 0)
  if (![...value].every((character) => (character.codePointAt(0) ?? 0) < 256)) return value
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(octets)
  } catch {
    return value
  }
}
