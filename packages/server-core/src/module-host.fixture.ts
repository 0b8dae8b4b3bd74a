import { Stand } from './kernel.fixture.ts'
import { defineServerModule, type ModuleHost, type Registration } from './module.ts'

export const JULIET = 'juliet@example.com/balcony'
export const ROMEO = 'romeo@example.net/orchard'
export const NS = 'urn:example:q'

export const module = (
  setup: (host: ModuleHost) => readonly Registration[],
  name = 'm',
  requires: readonly string[] = [],
) => defineServerModule({ name, requires, setup: setup as never })
export const error = (condition: string, type = 'cancel') =>
  `<error type='${type}'><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>`
/** Juliet has signed in, Romeo is available; neither has heard anything. */
export async function scene(...modules: ReturnType<typeof module>[]) {
  const stand = await Stand.open({ modules })
  const juliet = await stand.connect(JULIET)
  const romeo = await stand.connect(ROMEO)
  await romeo.say('<presence/>')
  return { ...stand, stand, juliet, romeo, log: stand.log, kernel: stand.kernel }
}
