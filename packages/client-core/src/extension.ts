import type { ClientExtension } from './client.ts'

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
