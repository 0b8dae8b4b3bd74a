import { type Client, createClient, openClientStream } from '@parlour/client-core'
import { type Component, type ComponentOptions, createComponent } from '@parlour/component'
import { discoServer } from '@parlour/extensions/disco/server'
import { parseJid } from '@parlour/jid'
import { webCrypto } from '@parlour/sasl'
import {
  acceptClientStream,
  acceptComponentStream,
  type ComponentSettings,
  type Components,
  createKernel,
  type Kernel,
  serveComponents,
  silentLogger,
} from '@parlour/server-core'
import { createMemoryStorage } from '@parlour/storage'
import type { Connection, Listener } from '@parlour/transport'
import { connectTcp, listenTcp } from '@parlour/transport-tcp'
import { systemEnvironment } from '../src/system-environment.ts'

export const SECRET = 'a secret between two'

/** A server of `localhost` in this process, with a port for components, and people. */
export class Stage implements AsyncDisposable {
  readonly kernel: Kernel
  readonly components: Components
  readonly #undo = new AsyncDisposableStack()
  readonly #connections: Connection[] = []
  #listener: Listener | undefined
  #port = 0
  #clientPort = 0

  private constructor(kernel: Kernel, components: Components) {
    this.kernel = kernel
    this.components = components
  }

  static async open(settings: readonly Partial<ComponentSettings>[], ...names: string[]): Promise<Stage> {
    const kernel = await createKernel({
      environment: systemEnvironment,
      storage: createMemoryStorage(),
      log: silentLogger,
      hosts: [{ domain: 'localhost', resourceConflict: 'rename', maxSessionsPerAccount: 20, modules: {} }],
      modules: [discoServer],
      authentication: { mechanisms: ['SCRAM-SHA-256'], iterations: 4096, crypto: webCrypto },
    })
    for (const name of names) await kernel.accounts.create(parseJid(`${name}@localhost`), SECRET)
    const components = settings.map((each) => ({ domain: 'echo.localhost', secret: SECRET, ...each }))
    const stage = new Stage(kernel, serveComponents(kernel, { components, log: silentLogger }))
    stage.#undo.defer(() => kernel.stop({ graceMs: 2000 }))
    await stage.listen()
    const clients = await listenTcp({
      ...{ host: '127.0.0.1', port: 0, tls: 'none' },
      onConnection: (connection) => acceptClientStream(connection, { tlsRequired: false, tlsAvailable: false }, kernel),
    })
    stage.#clientPort = clients.address.port
    stage.#undo.defer(() => clients.close())
    return stage
  }

  get port(): number {
    return this.#port
  }

  /** Opens the port for components; the same one as before after {@link hangUp}. */
  async listen(): Promise<void> {
    const listener = await listenTcp({
      ...{ host: '127.0.0.1', port: this.#port, tls: 'none' },
      onConnection: (connection) => {
        this.#connections.push(connection)
        acceptComponentStream(connection, {}, this.components)
      },
    })
    this.#port = listener.address.port
    this.#listener = listener
    this.#undo.defer(() => listener.close())
  }

  /** Closes the port for components, and their connections without a word. */
  async hangUp(): Promise<void> {
    for (const connection of this.#connections.splice(0)) connection.destroy()
    await this.#listener?.close()
  }

  component(options: Partial<ComponentOptions> = {}): Component {
    const quick = { reconnection: { initialDelay: 20, maximumDelay: 50 } }
    return this.#undo.use(
      createComponent({ domain: 'echo.localhost', secret: SECRET, port: this.#port, ...quick, ...options }),
    )
  }

  async client(name: string): Promise<Client> {
    const jid = parseJid(`${name}@localhost`)
    const where = { host: '127.0.0.1', port: this.#clientPort, servername: 'localhost', tls: 'starttls' } as const
    const credentials = { password: SECRET }
    const client = createClient({
      ...{ jid, environment: systemEnvironment, reconnection: false },
      open: async (signal) =>
        openClientStream(await connectTcp({ ...where, signal }), {
          ...{ jid, credentials, environment: systemEnvironment, tls: 'none', signal },
        }),
    })
    await this.#undo.use(client).online()
    return client
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#undo.disposeAsync()
  }
}
