import type { Client } from '@parlour/client-core'

/** An id that nobody else gives (XEP-0359 §3, rule 1): 128 random bits as hexadecimal digits. */
export function freshId({ environment }: Pick<Client, 'environment'>): string {
  return Array.from(environment.randomBytes(16), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
