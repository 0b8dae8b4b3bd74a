import type { SubjectAlternativeName } from './subject-alternative-names.ts'

/** A value of DER (X.690 §8.1). */
interface Value {
  readonly tag: number
  readonly content: Uint8Array
}

const EXTENSIONS = 0xa3
const OCTET_STRING = 0x04
const SUBJECT_ALTERNATIVE_NAME = '551d11' // 2.5.29.17
const UTF8 = { fatal: true, ignoreBOM: true }

type Reader = (content: Uint8Array) => SubjectAlternativeName | undefined

/** Tags of GeneralName (RFC 5280 §4.2.1.6) → how the name is read. Others do not matter to XMPP. */
const READERS: Readonly<Record<number, Reader>> = {
  130: (content) => ({ type: 'dns', value: decode(content) }),
  135: ipAddress,
  160: otherName,
}

/** Object identifiers of otherName, in hexadecimal, and the string type that each has. */
const OTHER_NAMES: Readonly<Record<string, { readonly type: 'xmpp-address' | 'srv-name'; readonly tag: number }>> = {
  '2b06010505070805': { type: 'xmpp-address', tag: 0x0c }, // UTF8String (RFC 6120 §13.7.1.4)
  '2b06010505070807': { type: 'srv-name', tag: 0x16 }, // IA5String (RFC 4985 §2)
}

/**
 * The names in a certificate in DER that XMPP looks at: what {@link matchesDomain} and {@link clientIdentities} take.
 * Empty if there are none, or if this is no certificate: what cannot be read names nobody. Nothing is verified.
 *
 * @example matchesDomain(certificateNames(connection.security.peerCertificate()), 'example.org', 'server')
 */
export function certificateNames(der: Uint8Array): SubjectAlternativeName[] {
  try {
    return alternativeNames(der).flatMap(({ tag, content }) => READERS[tag]?.(content) ?? [])
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return []
    throw error
  }
}

/** The GeneralNames of the one subjectAltName extension. */
function alternativeNames(der: Uint8Array): Value[] {
  const [tbs] = children(at(children(der), 0).content)
  const field = children(at([tbs], 0).content).find(({ tag }) => tag === EXTENSIONS)
  const extensions = field ? children(at(children(field.content), 0).content) : []
  const found = extensions
    .map(({ content }) => children(content))
    .filter(([id]) => id && hex(id) === SUBJECT_ALTERNATIVE_NAME)
  if (found.length > 1) throw new TypeError('the extension may not be there twice (RFC 5280 §4.2)')
  const value = found[0]?.at(-1)
  if (!value || value.tag !== OCTET_STRING) return []
  return children(at(children(value.content), 0).content)
}

/** AnotherName ::= SEQUENCE { type-id OBJECT IDENTIFIER, value [0] EXPLICIT ANY }, its own tag being implicit. */
function otherName(content: Uint8Array): SubjectAlternativeName | undefined {
  const [id, wrapped] = children(content)
  const kind = id && Object.hasOwn(OTHER_NAMES, hex(id)) ? OTHER_NAMES[hex(id)] : undefined
  const value = wrapped && children(wrapped.content)[0]
  return kind && value?.tag === kind.tag ? { type: kind.type, value: decode(value.content) } : undefined
}

function ipAddress(content: Uint8Array): SubjectAlternativeName | undefined {
  if (content.length === 4) return { type: 'ip', value: content.join('.') }
  if (content.length !== 16) return undefined
  const group = (i: number) => (((content[i] ?? 0) << 8) | (content[i + 1] ?? 0)).toString(16)
  return { type: 'ip', value: [0, 2, 4, 6, 8, 10, 12, 14].map(group).join(':') }
}

/** @throws TypeError at what is not UTF-8 */
function decode(content: Uint8Array): string {
  return new TextDecoder('utf-8', UTF8).decode(content)
}

function hex({ content }: Value): string {
  return Array.from(content, (octet) => octet.toString(16).padStart(2, '0')).join('')
}

function at(values: readonly (Value | undefined)[], index: number): Value {
  const value = values[index]
  if (!value) throw new RangeError('a value is missing')
  return value
}

/** The values one after the other. @throws RangeError at a length that is indefinite or goes beyond the end */
function children(bytes: Uint8Array): Value[] {
  const found: Value[] = []
  for (let i = 0; i < bytes.length; ) {
    const first = bytes[i + 1] ?? 0x80
    const octets = first & 0x80 ? first & 0x7f : 0
    let length = octets ? 0 : first
    for (let j = 0; j < octets; j++) length = length * 256 + (bytes[i + 2 + j] ?? 0)
    const start = i + 2 + octets
    if (first === 0x80 || octets > 3 || start + length > bytes.length) throw new RangeError('not DER')
    found.push({ tag: bytes[i] ?? 0, content: bytes.subarray(start, start + length) })
    i = start + length
  }
  return found
}
