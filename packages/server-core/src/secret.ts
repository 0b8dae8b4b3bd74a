import { type Storage, StorageError } from '@parlour/storage'

const STORE = 'secrets'
const KEY = 'sasl'
const SECRET_BYTES = 32

/** The host's own secret, made on its first start: salts for users that do not exist come from it (RFC 6120 §13.11). */
export async function readSecret(
  storage: Storage,
  domain: string,
  randomBytes: (length: number) => Uint8Array,
): Promise<Uint8Array> {
  const stored = await storage.get(STORE, domain, KEY)
  if (Array.isArray(stored)) return Uint8Array.from(stored as number[])
  const made = randomBytes(SECRET_BYTES)
  try {
    await storage.commit([
      { type: 'expect', store: STORE, owner: domain, key: KEY, value: undefined },
      { type: 'put', store: STORE, owner: domain, key: KEY, value: [...made] },
    ])
    return made
  } catch (error) {
    // Another process of the same server was first: its secret counts.
    if (error instanceof StorageError && error.code === 'conflict') return readSecret(storage, domain, randomBytes)
    throw error
  }
}
