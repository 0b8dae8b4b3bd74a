import type { Client } from './client.ts'

/** Something that a client can do beyond the kernel: the client's half of a protocol. */
export interface ClientExtension<Api> {
  /** Names it among all extensions of a client. */
  readonly name: string
  /** What it implements, for documentation and discovery. */
  readonly implements?: { readonly xep?: number; readonly rfc?: number; readonly version?: string }
  /** Features to announce by service discovery (XEP-0030 §3.1). */
  readonly features?: readonly string[]
  /** Called once for a client, whether it is online or not; returns what the extension offers to the program. */
  setup(client: Client): Api
}

/**
 * Declares an extension; it does nothing but check the types.
 *
 * @example
 * const hello = defineClientExtension({
 *   name: 'hello',
 *   setup: (client) => ({ greet: (to: string) => client.send(message({ to, body: 'Hello' })) }),
 * })
 * await client.use(hello).greet('juliet@example.com')
 */
export function defineClientExtension<Api>(extension: ClientExtension<Api>): ClientExtension<Api> {
  return extension
}
