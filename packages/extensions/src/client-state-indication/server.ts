/**
 * XEP-0352: Client State Indication, version 1.0.0: while nobody looks at a client, presence and chat states wait, the
 * latest of each; whatever matters goes out at once, and takes along what waits.
 */
import { type ClientSession, type DeliveryEvent, defineServerModule, type ModuleHost } from '@parlour/server-core'
import { CLIENT_NAMESPACE } from '@parlour/stanza'
import { serialize } from '@parlour/xml'
import * as v from 'valibot'
import { Deferred } from './deferred.ts'
import { type ClientStates, clientStates } from './states.ts'
import { deferrable, type Unimportant } from './unimportant.ts'
import { CLIENT_STATE_NAMESPACE, type ClientState, clientStateFeature } from './wire.ts'

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

export { type ClientStates, clientStates } from './states.ts'

const FEATURE = clientStateFeature()

export const clientStateIndicationServer = defineServerModule({
  name: 'client-state-indication',
  implements: [{ xep: 352, version: '1.0.0' }],
  config: configuration,
  setup(host) {
    const sessions = new InactiveSessions(host)
    return [
      host.streamFeature('authenticated', () => FEATURE),
      host.nonza(CLIENT_STATE_NAMESPACE, 'inactive', (session) => sessions.set(session, 'inactive')),
      host.nonza(CLIENT_STATE_NAMESPACE, 'active', (session) => sessions.set(session, 'active')),
      host.bindFeature({
        namespace: CLIENT_STATE_NAMESPACE,
        bound: (session, request) => {
          if (request?.name === 'inactive') sessions.set(session, 'inactive')
          return undefined
        },
      }),
      host.on('deliver', sessions.deliver),
      // §5.2: the state "always defaults to 'active' for new and resumed streams".
      host.on('sessionResumed', (session) => sessions.set(session, 'active')),
      host.on('sessionClosed', (session) => sessions.remove(session)),
      host.provide(clientStates, sessions),
      () => sessions.activateAll(),
    ]
  },
})

class InactiveSessions implements ClientStates {
  readonly #configuration: Configuration
  readonly #sessions = new Map<ClientSession, Deferred>()
  readonly #deferred: ReadonlySet<Unimportant>
  readonly #listeners = new Set<(session: ClientSession, state: ClientState) => void>()

  constructor({ config }: ModuleHost<Configuration>) {
    this.#configuration = config
    const kinds: Unimportant[] = []
    if (config.presence) kinds.push('presence')
    if (config.chatStates) kinds.push('chat-state')
    this.#deferred = new Set(kinds)
  }

  isInactive(session: ClientSession): boolean {
    return this.#sessions.has(session)
  }

  set(session: ClientSession, state: ClientState): void {
    if ((state === 'inactive') === this.#sessions.has(session)) return
    if (state === 'inactive') this.#sessions.set(session, new Deferred(this.#configuration))
    else this.#activate(session)
    for (const listener of this.#listeners) listener(session, state)
  }

  onChange(listener: (session: ClientSession, state: ClientState) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  remove(session: ClientSession): void {
    this.#sessions.delete(session)
  }

  activateAll(): void {
    for (const session of [...this.#sessions.keys()]) this.#activate(session)
  }

  readonly deliver = (event: DeliveryEvent): 'handled' | undefined => {
    const { session } = event
    const waiting = this.#waiting(session)
    if (!waiting) return undefined
    const { stanza } = event
    const unimportant = deferrable(stanza)
    if (unimportant && this.#deferred.has(unimportant.kind)) {
      if (waiting.put(unimportant.key, serialize(stanza.element, CLIENT_NAMESPACE))) return 'handled'
    }
    this.#flush(session)
    return undefined
  }

  /** Nobody looks at a client that has lost its connection, either: until it is resumed, the latest will do. */
  #waiting(session: ClientSession): Deferred | undefined {
    const known = this.#sessions.get(session)
    if (known || !session.isDetached) return known
    const waiting = new Deferred(this.#configuration)
    this.#sessions.set(session, waiting)
    return waiting
  }

  /** §5.1: what waits is written before anything that the client asks thereafter is answered. */
  #activate(session: ClientSession): void {
    this.#flush(session)
    this.#sessions.delete(session)
  }

  #flush(session: ClientSession): void {
    for (const text of this.#sessions.get(session)?.take() ?? []) session.sendText(text)
  }
}
