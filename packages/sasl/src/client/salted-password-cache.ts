import { equalBytes } from '../bytes.ts'
import type { HashName } from '../crypto.ts'

interface Entry {
  readonly password: string
  readonly salt: Uint8Array
  readonly iterations: number
  readonly saltedPassword: Uint8Array
}

/**
 * The last salted password of each hash, of one account (RFC 5802 §5.1 allows a client to keep it): a reconnection
 * then costs no PBKDF2. As secret as the password itself. Holds three entries at the most.
 */
export class SaltedPasswordCache {
  readonly #entries = new Map<HashName, Entry>()

  /** The salted password for exactly this password, salt and iteration count. */
  get(hash: HashName, password: string, salt: Uint8Array, iterations: number): Uint8Array | undefined {
    const entry = this.#entries.get(hash)
    const same = entry?.iterations === iterations && entry.password === password && equalBytes(entry.salt, salt)
    return same ? entry.saltedPassword : undefined
  }

  /** Replaces the entry of the hash. */
  set(hash: HashName, password: string, salt: Uint8Array, iterations: number, saltedPassword: Uint8Array): void {
    this.#entries.set(hash, { password, salt, iterations, saltedPassword })
  }

  /** Forgets everything, as after a change of password. */
  clear(): void {
    this.#entries.clear()
  }
}
