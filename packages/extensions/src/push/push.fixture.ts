import type { AnyServerModule } from '@parlour/server-core'
import { errorReply, type Iq, resultReply, type Stanza, StanzaError, type StanzaErrorCondition } from '@parlour/stanza'
import { createMemoryStorage, type Storage } from '@parlour/storage'
import { parseXml } from '@parlour/xml'
import { clientStateIndicationServer } from '../client-state-indication/server.ts'
import { commandsServer } from '../commands/server.ts'
import { discoServer } from '../disco/server.ts'
import { displayedSynchronizationServer } from '../displayed-synchronization/server.ts'
import { offlineServer } from '../offline/server.ts'
import { Scene, settled } from '../scene.fixture.ts'
import { stanzaIdsServer } from '../stanza-ids/server.ts'
import { pushServer } from './server.ts'
import { type PushNotification, readPushPublication } from './wire.ts'

export const JULIET = 'juliet@example.com'
export const ROMEO = 'romeo@example.com'

/** A push service: a component whose answers are as they are told to be. */
class PushService {
  /** What it answers: nothing at all, an error, or that it took the notification. */
  answer: 'silence' | 'result' | StanzaErrorCondition = 'result'
  readonly requests: Iq[] = []
  readonly #scene: Scene
  readonly #domain: string

  constructor(scene: Scene, domain = 'push.example') {
    this.#scene = scene
    this.#domain = domain
    scene.kernel.components = { serves: (other) => other === domain, send: (stanza) => this.#receive(stanza) }
  }

  /** The notifications since the last look. */
  take(): PushNotification[] {
    return this.requests.splice(0).flatMap(({ payload }) => (payload && readPushPublication(payload)) ?? [])
  }

  counts(): (number | undefined)[] {
    return this.take().map(({ summary }) => summary.messageCount)
  }

  /** XEP-0357 §8. */
  async end(node: string): Promise<void> {
    const text = `<message xmlns='jabber:client' from='${this.#domain}' to='${JULIET}'><pubsub xmlns='http://jabber.org/protocol/pubsub' node='${node}'><affiliation jid='${JULIET}' affiliation='none'/></pubsub></message>`
    await this.#scene.kernel.router.send(parseXml(text))
    await settled()
  }

  async #receive(stanza: Stanza): Promise<void> {
    if (stanza.kind !== 'iq' || stanza.type !== 'set') return
    this.requests.push(stanza)
    if (this.answer === 'silence') return
    const { element } = stanza
    const reply = this.answer === 'result' ? resultReply(element) : errorReply(element, new StanzaError(this.answer))
    if (reply) await this.#scene.kernel.router.send(reply)
  }
}

export async function openPush(
  push: Record<string, unknown> = {},
  storage: Storage = createMemoryStorage(),
  more: readonly AnyServerModule[] = [],
) {
  const modules = [
    ...more,
    discoServer,
    stanzaIdsServer,
    commandsServer,
    displayedSynchronizationServer,
    offlineServer,
    clientStateIndicationServer,
    pushServer,
  ]
  const scene = await Scene.open(modules, { accounts: [JULIET, ROMEO], storage, settings: { push } })
  const service = new PushService(scene)
  const romeo = await scene.online(`${ROMEO}/orchard`)
  /** A device that has enabled notifications, and is gone. */
  const away = async (node = 'n1', resource = 'phone') => {
    const phone = await scene.online(`${JULIET}/${resource}`)
    await phone.request(enable(node))
    await phone.disconnect()
  }
  const chat = (body: string, more = '') =>
    romeo.send(`<message type='chat' to='${JULIET}' id='m-${body}'><body>${body}</body>${more}</message>`)
  const advance = async (ms: number) => {
    scene.environment.advance(ms)
    await settled()
  }
  return { scene, service, romeo, away, chat, advance, storage }
}

export const enable = (node = 'n1', content = '') =>
  `<iq type='set' id='e'><enable xmlns='urn:xmpp:push:0' jid='push.example' node='${node}'>${content}</enable></iq>`
export const disable = (node = '') =>
  `<iq type='set' id='d'><disable xmlns='urn:xmpp:push:0' jid='push.example'${node}/></iq>`
