/** The few messages of TLS 1.2 (RFC 5246 §7.4) that show a chain of certificates to OpenSSL. */

const VERSION = [0x03, 0x03]
const RANDOM = Buffer.alloc(32)
const ECDHE_ECDSA_AES_128_GCM = 0xc02b
const ECDHE_RSA_AES_128_GCM = 0xc02f
const RENEGOTIATION_SIGNAL = 0x00ff // TLS_EMPTY_RENEGOTIATION_INFO_SCSV (RFC 5746 §3.3)
const MAX_FRAGMENT = 16_384

/** Handshake types (RFC 5246 §7.4). */
const TYPE = { clientHello: 1, serverHello: 2, certificate: 11, serverHelloDone: 14 } as const

/** Extensions of a ClientHello: groups, point formats, signature algorithms (RFC 8422 §5.1, RFC 5246 §7.4.1.4.1). */
const EXTENSIONS = vector(
  2,
  extension(10, vector(2, [0x00, 0x17, 0x00, 0x18, 0x00, 0x19, 0x00, 0x1d])),
  extension(11, vector(1, [0])),
  extension(
    13,
    vector(
      2,
      [0x04, 0x03, 0x05, 0x03, 0x06, 0x03, 0x08, 0x07, 0x08, 0x04, 0x08, 0x05, 0x08, 0x06],
      [0x08, 0x09, 0x08, 0x0a, 0x08, 0x0b, 0x04, 0x01, 0x05, 0x01, 0x06, 0x01],
    ),
  ),
)

/** What a server would send up to its certificate, and a message that cannot follow, so that the handshake ends there. */
export function serverMessages(chain: readonly Uint8Array[], isRsa: boolean): Buffer {
  const suite = isRsa ? ECDHE_RSA_AES_128_GCM : ECDHE_ECDSA_AES_128_GCM
  const extensions = vector(2, extension(0xff01, [0])) // renegotiation_info (RFC 5746 §3.2)
  const hello = [...VERSION, ...RANDOM, 0, ...number(2, suite), 0, ...extensions]
  return records(message(TYPE.serverHello, hello), certificate(chain), message(TYPE.serverHelloDone))
}

/** What a client would send up to its certificate, and a message that cannot follow. */
export function clientMessages(chain: readonly Uint8Array[]): Buffer {
  const suites = [ECDHE_ECDSA_AES_128_GCM, ECDHE_RSA_AES_128_GCM, RENEGOTIATION_SIGNAL]
  const offered = vector(2, ...suites.map((suite) => number(2, suite)))
  const hello = [...VERSION, ...RANDOM, 0, ...offered, 1, 0, ...EXTENSIONS]
  return records(message(TYPE.clientHello, hello), certificate(chain), message(TYPE.serverHelloDone))
}

function certificate(chain: readonly Uint8Array[]): Buffer {
  return message(TYPE.certificate, vector(3, ...chain.map((der) => vector(3, der))))
}

function message(type: number, body: Uint8Array | readonly number[] = []): Buffer {
  return Buffer.concat([Uint8Array.of(type), vector(3, body)])
}

/** A message each its own records, for a ClientHello may not share its record with what follows. */
function records(...messages: readonly Buffer[]): Buffer {
  const found: Buffer[] = []
  for (const whole of messages) {
    for (let at = 0; at < whole.length; at += MAX_FRAGMENT) {
      const fragment = whole.subarray(at, at + MAX_FRAGMENT)
      found.push(Buffer.from([22, ...VERSION]), vector(2, fragment))
    }
  }
  return Buffer.concat(found)
}

function extension(type: number, body: Uint8Array | readonly number[]): Buffer {
  return Buffer.concat([number(2, type), vector(2, body)])
}

/** Parts, one after the other, behind their length of so many octets. */
function vector(lengthOctets: number, ...parts: (Uint8Array | readonly number[])[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Uint8Array.from(part)))
  return Buffer.concat([number(lengthOctets, body.length), body])
}

function number(octets: number, value: number): Buffer {
  const buffer = Buffer.alloc(octets)
  buffer.writeUIntBE(value, 0, octets)
  return buffer
}
