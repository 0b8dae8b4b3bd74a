/**
 * XEP-0352: Client State Indication, version 1.0.0: while nobody looks at a client, presence and chat states wait, the
 * latest of each; whatever matters goes out at once, and takes along what waits.
 */
import { type ClientSession, type DeliveryEvent, defineServerModule, type ModuleHost } from '@parlour/server-core'
import { CLIENT_NAMESPACE } from '@parlour/stanza'
import { serialize } from '@parlour/xml'
import * as v from 'valibot'
import { Deferred } from './deferred.ts'
import { deferrable, type Unimportant } from './unimportant.ts'
import { CLIENT_STATE_NAMESPACE, clientStateFeature } from './wire.ts'

const count = (fallback: number) => v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), fallback)
const defer = (what: string) =>
  v.pipe(v.optional(v.boolean(), true), v.description(`inactive clients get ${what} later`))

const configuration = v.strictObject({
  presence: defer('presence'),
  chatStates: defer('chat states'),
  maxStanzas: v.pipe(count(1000), v.description('stanzas that wait for one inactive client')),
  maxLength: v.pipe(count(262_144), v.description('UTF-16 code units of XML that wait for one inactive client')),
})

type Configuration = v.InferOutput<typeof configuration>

export const clientStateIndicationServer = defineServerModule({
  name: 'client-state-indication',
  implements: [{ xep: 352, version: '1.0.0' }],
  config: configuration,
  setup(host) {
    const sessions = new InactiveSessions(host)
    return [
      host.streamFeature('authenticated', clientStateFeature),
      host.nonza(CLIENT_STATE_NAMESPACE, 'inactive', (session) => sessions.add(session)),
      host.nonza(CLIENT_STATE_NAMESPACE, 'active', (session) => sessions.activate(session)),
      host.on('deliver', sessions.deliver),
      host.on('sessionClosed', (session) => sessions.remove(session)),
      () => sessions.activateAll(),
    ]
  },
})

class InactiveSessions {
  readonly #configuration: Configuration
  readonly #sessions = new Map<ClientSession, Deferred>()
  readonly #deferred: ReadonlySet<Unimportant>

  constructor({ config }: ModuleHost<Configuration>) {
    this.#configuration = config
    const kinds: Unimportant[] = []
    if (config.presence) kinds.push('presence')
    if (config.chatStates) kinds.push('chat-state')
    this.#deferred = new Set(kinds)
  }

  add(session: ClientSession): void {
    if (!this.#sessions.has(session)) this.#sessions.set(session, new Deferred(this.#configuration))
  }

  /** §5.1: what waits is written before anything that the client asks thereafter is answered. */
  activate(session: ClientSession): void {
    this.#flush(session)
    this.#sessions.delete(session)
  }

  remove(session: ClientSession): void {
    this.#sessions.delete(session)
  }

  activateAll(): void {
    for (const session of [...this.#sessions.keys()]) this.activate(session)
  }

  readonly deliver = ({ stanza, session }: DeliveryEvent): 'handled' | undefined => {
    if (this.#sessions.size === 0) return undefined
    const waiting = this.#sessions.get(session)
    if (!waiting) return undefined
    const unimportant = deferrable(stanza)
    if (unimportant && this.#deferred.has(unimportant.kind)) {
      if (waiting.put(unimportant.key, serialize(stanza.element, CLIENT_NAMESPACE))) return 'handled'
    }
    this.#flush(session)
    return undefined
  }

  #flush(session: ClientSession): void {
    for (const text of this.#sessions.get(session)?.take() ?? []) session.sendText(text)
  }
}
