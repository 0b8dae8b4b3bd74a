import { hmacSha256, sha256 } from './web-crypto.ts'

/** What a dialback key is made for (XEP-0185 §2). */
export interface DialbackKeyInput {
  /** The domain that is to receive stanzas: `to` of `<db:result/>`, `from` of a `<db:verify/>` request. */
  readonly receiving: string
  /** The domain that is to send them: `from` of `<db:result/>`, `to` of a `<db:verify/>` request. */
  readonly originating: string
  /** The id that the receiving server gave the stream, `id` of its stream header. */
  readonly streamId: string
}

/**
 * The key of XEP-0185 §2: HMAC-SHA-256 under the SHA-256 of the secret, both as lower-case hexadecimal digits.
 *
 * @param secret known to the servers of the originating domain alone; made of 128 random bits or more
 * @returns 64 hexadecimal digits
 * @throws {RangeError} when the secret is empty, or a domain has white space in it: two inputs could then share a key
 * @example await dialbackKey('s3cr3tf0rd14lb4ck', { receiving: 'xmpp.example.com', originating: 'example.org', streamId: 'D60000229F' })
 */
export async function dialbackKey(secret: string, input: DialbackKeyInput): Promise<string> {
  const { receiving, originating, streamId } = input
  if (secret === '') throw new RangeError('the dialback secret is empty')
  for (const domain of [receiving, originating]) {
    if (domain === '' || /\s/.test(domain))
      throw new RangeError(`no domain of a dialback key: ${JSON.stringify(domain)}`)
  }
  const encoder = new TextEncoder()
  const hashed = hexadecimal(await sha256(encoder.encode(secret)))
  return hexadecimal(
    await hmacSha256(encoder.encode(hashed), encoder.encode(`${receiving} ${originating} ${streamId}`)),
  )
}

/**
 * Whether `key` is the key for `input`, as an authoritative server judges it (XEP-0220 §2.2.2). The time it takes does
 * not tell where the keys differ.
 *
 * @throws {RangeError} as {@link dialbackKey}
 */
export async function verifyDialbackKey(secret: string, input: DialbackKeyInput, key: string): Promise<boolean> {
  const expected = await dialbackKey(secret, input)
  let difference = expected.length ^ key.length
  for (let index = 0; index < expected.length; index++) difference |= expected.charCodeAt(index) ^ key.charCodeAt(index)
  return difference === 0
}

function hexadecimal(octets: Uint8Array): string {
  let text = ''
  for (const octet of octets) text += octet.toString(16).padStart(2, '0')
  return text
}
