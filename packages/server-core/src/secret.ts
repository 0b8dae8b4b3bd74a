import { type Storage, StorageError } from '@parlour/storage'

const STORE = 'secrets'
const SECRET_BYTES = 32

/**
 * The host's own secrets, made when first needed. Salts for users that do not exist come from that of `sasl` (RFC 6120
 * §13.11), keys of dialback (XEP-0185) and tokens of devices (XEP-0484) from the others.
 */
export async function readSecret(
  storage: Storage,
  domain: string,
  randomBytes: (length: number) => Uint8Array,
  purpose: 'sasl' | 'dialback' | 'tokens' = 'sasl',
): Promise<Uint8Array> {
  const stored = await storage.get(STORE, domain, purpose)
  if (Array.isArray(stored)) return Uint8Array.from(stored as number[])
  const made = randomBytes(SECRET_BYTES)
  try {
    await storage.commit([
      { type: 'expect', store: STORE, owner: domain, key: purpose, value: undefined },
      { type: 'put', store: STORE, owner: domain, key: purpose, value: [...made] },
    ])
    return made
  } catch (error) {
    // Another process of the same server was first: its secret counts.
    if (error instanceof StorageError && error.code === 'conflict')
      return readSecret(storage, domain, randomBytes, purpose)
    throw error
  }
}
