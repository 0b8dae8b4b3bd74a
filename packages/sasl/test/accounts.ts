import type { HashName, SaslClientOptions, SaslServerOptions, StoredCredentials } from '../src/index.ts'
import { deriveScramCredentials } from '../src/scram/credentials.ts'
import { nodeCrypto } from './node-crypto.ts'

export const PASSWORD = 'r0m30myr0m30'
export const HASHES: readonly HashName[] = ['SHA-1', 'SHA-256', 'SHA-512']
export const CHANNEL_BINDINGS = new Map([
  ['tls-exporter', new Uint8Array(32).fill(7)],
  ['tls-server-end-point', new Uint8Array(32).fill(9)],
] as const)

/** Repeatable, and different at each call. */
export function countingBytes(seed = 1): (length: number) => Uint8Array {
  let next = seed
  const octet = () => {
    next = (next * 1103515245 + 12345) % 2147483648
    return next >>> 16
  }
  return (length) => Uint8Array.from({ length }, octet)
}

function derive(password: string, hash: HashName, fill: number): StoredCredentials {
  const salt = new Uint8Array(16).fill(fill)
  return deriveScramCredentials(password, { hash, salt, crypto: nodeCrypto }) as StoredCredentials
}

/** juliet can sign in; tybalt's account is disabled. */
export const ACCOUNTS = new Map<string, StoredCredentials>(
  HASHES.flatMap((hash, at) => [
    [`juliet ${hash}`, derive(PASSWORD, hash, at + 1)],
    [
      `tybalt ${hash}`,
      { ...derive(PASSWORD, hash, at + 11), refusal: { condition: 'account-disabled', text: 'Call 212-555-1212.' } },
    ],
  ]),
)

/** A server with every mechanism, all its answers at once. */
export const serverOptions = (changes: Partial<SaslServerOptions> = {}): SaslServerOptions => ({
  mechanisms: [
    'ANONYMOUS',
    'PLAIN',
    'SCRAM-SHA-1',
    'SCRAM-SHA-256',
    'SCRAM-SHA-512',
    'SCRAM-SHA-1-PLUS',
    'SCRAM-SHA-256-PLUS',
    'SCRAM-SHA-512-PLUS',
    'EXTERNAL',
  ],
  domain: 'example.org',
  tls: true,
  channelBindings: CHANNEL_BINDINGS,
  credentials: { lookUp: (username, hash) => ACCOUNTS.get(`${username} ${hash}`) },
  secret: new Uint8Array(32).fill(42),
  randomBytes: countingBytes(1),
  crypto: nodeCrypto,
  externalIdentities: ['juliet@example.org'],
  ...changes,
})

/** Juliet's client, able to bind to the channel, all its answers at once. */
export const clientOptions = (changes: Partial<SaslClientOptions> = {}): SaslClientOptions => ({
  offered: [],
  username: 'juliet',
  password: PASSWORD,
  tls: true,
  channelBindings: CHANNEL_BINDINGS,
  offeredChannelBindings: ['tls-exporter', 'tls-server-end-point'],
  external: true,
  anonymous: true,
  randomBytes: countingBytes(99),
  crypto: nodeCrypto,
  ...changes,
})
