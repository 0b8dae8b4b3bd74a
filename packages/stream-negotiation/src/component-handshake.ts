import type { SaslCrypto } from '@parlour/sasl'

declare const TextEncoder: { new (): { encode(text: string): Uint8Array } }

/**
 * What proves that a component knows the secret (XEP-0114 §3): SHA-1 of the stream id and the secret, one after the
 * other, in lowercase hexadecimal digits. Answers at once where the cryptography does.
 *
 * @example await componentHandshake('3BF96D32', 'secret', webCrypto)
 */
export function componentHandshake(
  streamId: string,
  secret: string,
  crypto: Pick<SaslCrypto, 'digest'>,
): string | Promise<string> {
  const digest = crypto.digest('SHA-1', new TextEncoder().encode(streamId + secret))
  return digest instanceof Promise ? digest.then(hexadecimal) : hexadecimal(digest)
}

/** Whether two handshakes are the same, in a time that does not tell where they differ. */
export function equalHandshakes(expected: string, given: string): boolean {
  let difference = expected.length ^ given.length
  for (let index = 0; index < expected.length; index++)
    difference |= expected.charCodeAt(index) ^ given.charCodeAt(index)
  return difference === 0
}

function hexadecimal(octets: Uint8Array): string {
  let digits = ''
  for (const octet of octets) digits += octet.toString(16).padStart(2, '0')
  return digits
}
