import type { InteropClient } from '../interop/client.ts'
import { startParlour, startSlixmpp } from '../interop/drivers.ts'
import { becomeAvailable } from '../interop/stage.ts'
import { KINDS, type KindName } from './kinds.ts'
import { type FederatedServer, PASSWORD, type USERS } from './servers/federated-server.ts'

export type Client = Required<InteropClient>
export type User = (typeof USERS)[number]

/** One end of a pair: a server, and the clients that are signed in to it. */
export class Side {
  readonly name: string
  readonly server: FederatedServer
  readonly #usesOurs: boolean
  readonly #clients = new Map<string, Promise<Client>>()

  /** @param usesOurs whether clients are @parlour/client instead of slixmpp */
  constructor(name: string, server: FederatedServer, usesOurs: boolean) {
    this.name = name
    this.server = server
    this.#usesOurs = usesOurs
  }

  domain(kind: KindName): string {
    const domain = this.server.site.domains.find((each) => each.kind === kind)
    if (!domain) throw new Error(`no domain of kind ${kind}`)
    return domain.name
  }

  address(kind: KindName, user: User = 'one'): string {
    return `${user}@${this.domain(kind)}`
  }

  /** The client of an account: it is signed in once, and available. */
  client(kind: KindName, user: User = 'one'): Promise<Client> {
    const address = this.address(kind, user)
    const client = this.#clients.get(address) ?? this.#signIn(kind, address)
    this.#clients.set(address, client)
    return client
  }

  /** Signs an account off. */
  async leave(kind: KindName, user: User = 'one'): Promise<void> {
    const address = this.address(kind, user)
    const client = await this.#clients.get(address)
    this.#clients.delete(address)
    await client?.close()
  }

  /** Ends all clients. */
  async clear(): Promise<void> {
    const clients = [...this.#clients.values()]
    this.#clients.clear()
    for (const outcome of await Promise.allSettled(clients))
      if (outcome.status === 'fulfilled') await outcome.value.close()
  }

  /** Stops the server, and what is signed in to it. */
  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await this.server.stop(signal)
    await this.clear()
  }

  async transcript(): Promise<string> {
    const clients = await Promise.allSettled(this.#clients.values())
    const texts = clients.map((outcome) => {
      if (outcome.status === 'rejected') return `no client: ${outcome.reason}`
      const { jid, product } = outcome.value
      return `--- ${product} ${jid}\n${outcome.value.transcript().split('\n').slice(-60).join('\n')}`
    })
    return [...texts, `--- server ${this.name}`, this.server.log().split('\n').slice(-150).join('\n')].join('\n')
  }

  async #signIn(kind: KindName, address: string): Promise<Client> {
    const { host, clientPort: port, site } = this.server
    const own = site.domains.find((each) => each.kind === kind)?.certificate ?? ''
    const ca = this.#usesOurs ? (KINDS[kind].policy === 'verified' ? site.authority : own) : ''
    const client = (await (this.#usesOurs ? startParlour : startSlixmpp)(ca)) as Client
    try {
      const { jid } = await client.signIn({ jid: `${address}/r`, password: PASSWORD, host, port, tls: 'starttls', ca })
      await becomeAvailable(client, jid)
      return client
    } catch (error) {
      const told = client.transcript()
      await client.close()
      throw new Error(`${address} could not sign in:\n${told.slice(-3000)}`, { cause: error })
    }
  }
}
