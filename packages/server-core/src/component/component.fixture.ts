import { createHash } from 'node:crypto'
import { FakeEnvironment, ScriptedPeer } from '@parlour/testing'
import { createMemoryPair } from '@parlour/transport'
import { Stand } from '../kernel.fixture.ts'
import {
  acceptComponentStream,
  type ComponentSettings,
  type ComponentStreamOptions,
  type Components,
  serveComponents,
} from './index.ts'

export const OPEN = (to: string, namespace = 'jabber:component:accept') =>
  `<?xml version='1.0'?><stream:stream xmlns='${namespace}' xmlns:stream='http://etherx.jabber.org/streams' to='${to}'>`
export const HEADER = (from: string) =>
  `<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' from='${from}' id='{id}' xml:lang='en'>`
export const ERROR = (condition: string, text?: string) =>
  `<stream:error><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>${
    text === undefined ? '' : `<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>${text}</text>`
  }</stream:error></stream:stream>`
export const handshakeOf = ({ captures }: ScriptedPeer, secret: string) =>
  createHash('sha1')
    .update(`${captures.get('id')}${secret}`)
    .digest('hex')

export const ECHO: ComponentSettings = { domain: 'echo.example.com', secret: 'thou shalt not' }
export const PLAYS: ComponentSettings = { domain: 'plays.shakespeare.lit', secret: 'ducks' }

/** A kernel with components, and peers that come as such. */
export class Scene {
  readonly stand: Stand
  readonly components: Components
  readonly environment: FakeEnvironment
  readonly log: Record<string, unknown>[]
  options: Partial<ComponentStreamOptions> = {}

  private constructor(stand: Stand, components: Components, environment: FakeEnvironment, log: Scene['log']) {
    this.stand = stand
    this.components = components
    this.environment = environment
    this.log = log
  }

  static async open(components: readonly ComponentSettings[] = [ECHO, PLAYS]): Promise<Scene> {
    const environment = new FakeEnvironment()
    const stand = await Stand.open({ environment })
    const lines: Record<string, unknown>[] = []
    const note = (fields: Readonly<Record<string, unknown>>, message: string) => void lines.push({ message, ...fields })
    const log = { debug: note, info: note, warn: note, error: note, child: () => log }
    return new Scene(stand, serveComponents(stand.kernel, { components, log }), environment, lines)
  }

  /** A connection that has said nothing. */
  connection({ chunkBytes, remoteAddress }: { chunkBytes?: number; remoteAddress?: string } = {}) {
    const [client, server] = createMemoryPair({
      ...(chunkBytes !== undefined && { chunkBytes }),
      ...(remoteAddress !== undefined && { remoteAddress }),
    })
    acceptComponentStream(server, this.options, this.components)
    return client
  }

  /** A component that has sent its header, and got ours. */
  async greet(domain = ECHO.domain, connection = this.connection()) {
    const peer = new ScriptedPeer(connection)
    peer.send(OPEN(domain))
    await peer.expect(HEADER(domain))
    return peer
  }

  /** A component that has sent its handshake. */
  async introduce({ domain, secret }: ComponentSettings, options: Parameters<Scene['connection']>[0] = {}) {
    const peer = await this.greet(domain, this.connection(options))
    peer.send(`<handshake>${handshakeOf(peer, secret)}</handshake>`)
    return peer
  }

  async connect(settings: ComponentSettings, options: Parameters<Scene['connection']>[0] = {}) {
    const peer = await this.introduce(settings, options)
    await peer.expect('<handshake/>')
    return peer
  }
}
