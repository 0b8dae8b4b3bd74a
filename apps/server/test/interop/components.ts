import assert from 'node:assert/strict'
import { join } from 'node:path'
import { until } from '../support/waiting.ts'
import { AWKWARD } from './cases/case.ts'
import type { InteropClient } from './client.ts'
import { DrivenClient } from './driven-client.ts'
import { type StartClient, slixmppComponent, startSlixmpp, startXmppJs } from './drivers.ts'
import { ejabberd } from './peers/ejabberd.ts'
import type { PeerProgram } from './peers/peer.ts'
import { prosody } from './peers/prosody.ts'
import { becomeAvailable } from './stage.ts'
import type { StageServer } from './stage-server.ts'

/** A library for components with a server: Parlour's where no other is named. */
export interface ComponentPair {
  readonly heading: string
  readonly server?: PeerProgram
  readonly start: () => DrivenClient
  /** Who talks to the component. */
  readonly startUser: StartClient
  readonly cannot: Readonly<Record<string, string>>
}

const PARLOUR_COMPONENT = join(import.meta.dirname, '../../../../packages/component/test/interop/driver.ts')
const CONFLICT = 'a second connection for the domain is refused'

const parlour = () =>
  new DrivenClient('@parlour/component', process.execPath, ['--conditions=@parlour/source', PARLOUR_COMPONENT])

export const COMPONENT_PAIRS: readonly ComponentPair[] = [
  { heading: 'slixmpp with Parlour', start: slixmppComponent, startUser: startXmppJs, cannot: {} },
  { heading: '@parlour/component with Parlour', start: parlour, startUser: startSlixmpp, cannot: {} },
  { heading: '@parlour/component with prosody', server: prosody, start: parlour, startUser: startSlixmpp, cannot: {} },
  {
    heading: '@parlour/component with ejabberd',
    server: ejabberd,
    start: parlour,
    startUser: startSlixmpp,
    cannot: { [CONFLICT]: 'this server shares the domain out among connections' },
  },
]

/** The programs of one pair's cases. */
export class ComponentStage {
  readonly server: StageServer
  readonly #pair: ComponentPair
  readonly #open = new Set<InteropClient>()

  constructor(server: StageServer, pair: ComponentPair) {
    this.server = server
    this.#pair = pair
  }

  /** A component that has begun to connect. */
  async component(secret = this.server.component.secret): Promise<DrivenClient> {
    const { host, authority, component } = this.server
    const client = this.#pair.start()
    this.#open.add(client)
    const where = { host, port: component.port, tls: 'none' as never, ca: authority }
    await client.signIn({ jid: component.domain, password: secret, ...where })
    return client
  }

  /** Somebody with an account, who is available. */
  async user(): Promise<Required<InteropClient>> {
    const { host, starttls, authority } = this.server
    const { address, password } = await this.server.account()
    const client = await this.#pair.startUser(authority)
    this.#open.add(client)
    const where = { host, port: starttls, tls: 'starttls' as const, ca: authority }
    const { jid } = await client.signIn({ jid: `${address}/one`, password, ...where })
    await becomeAvailable(client, jid)
    return client as Required<InteropClient>
  }

  transcript(): string {
    return [...this.#open].map((client) => `--- ${client.product}\n${client.transcript()}`).join('\n')
  }

  async clear(): Promise<void> {
    await Promise.all([...this.#open].map((client) => client.close()))
    this.#open.clear()
  }
}

/** A case of components. Returns what is worth telling. */
export interface ComponentCase {
  readonly name: string
  run(stage: ComponentStage): Promise<string | undefined>
}

export const COMPONENT_CASES: readonly ComponentCase[] = [
  {
    name: 'wrong secret refused',
    async run(stage) {
      await assert.rejects(stage.component('of another'), /not.authorized|authentication-failed/)
      return undefined
    },
  },
  {
    name: 'listed by its server (XEP-0030)',
    async run(stage) {
      const [user] = await Promise.all([stage.user(), stage.component()])
      const { domain, component } = stage.server
      await until(async () => (await user.discoItems(domain)).includes(component.domain), 60_000, 'the item')
      return undefined
    },
  },
  {
    name: 'messages of several addresses, both ways',
    async run(stage) {
      const [user, component] = await Promise.all([stage.user(), stage.component()])
      const { domain } = stage.server.component
      for (const address of [domain, `nurse@${domain}`, `nurse@${domain}/kitchen é`]) {
        const body = `${AWKWARD} ${address}`
        await user.send(address, body)
        const { from } = await component.message((message) => message.to === address && message.body === body)
        assert.equal(from, user.jid)
        await component.send(user.jid, body, address)
        await user.message((message) => message.from === address && message.body === body)
      }
      return undefined
    },
  },
  {
    name: 'order of 100 messages',
    async run(stage) {
      const [user, component] = await Promise.all([stage.user(), stage.component()])
      const { domain } = stage.server.component
      const numbers = Array.from({ length: 100 }, (_, n) => `${n}`)
      for (const body of numbers) void component.send(user.jid, body, `bot@${domain}`)
      for (const body of numbers) assert.equal((await user.message(() => true)).body, body)
      return undefined
    },
  },
  {
    name: 'requests both ways',
    async run(stage) {
      const [user, component] = await Promise.all([stage.user(), stage.component()])
      const { domain } = stage.server.component
      const { identities } = await user.disco(`nurse@${domain}`)
      assert.equal(identities[0]?.[0], 'gateway')
      await user.ping(domain)
      return (await component.version(stage.server.domain)).name
    },
  },
  {
    name: 'subscription and presence, both ways',
    async run(stage) {
      const [user, component] = await Promise.all([stage.user(), stage.component()])
      const nurse = `nurse@${stage.server.component.domain}`
      const person = user.jid.split('/')[0] as string
      await user.presence({ to: nurse, type: 'subscribe' })
      await component.presenceFrom(({ from, to, type }) => from === person && to === nurse && type === 'subscribe')
      await component.presence({ from: nurse, to: person, type: 'subscribed' })
      await user.presenceFrom(({ from, type }) => from === nurse && type === 'subscribed')
      await component.presence({ from: `${nurse}/kitchen`, to: person, show: 'away', status: 'Anon!' })
      await user.presenceFrom(({ from, status }) => from === `${nurse}/kitchen` && status === 'Anon!')
      await component.presence({ from: nurse, to: person, type: 'subscribe' })
      await user.presenceFrom(({ from, type }) => from === nurse && type === 'subscribe')
      await user.presence({ to: nurse, type: 'subscribed' })
      await component.presenceFrom(({ to, type }) => to === nurse && type === 'subscribed')
      await component.presenceFrom(({ from, type }) => from === user.jid && type === 'available')
      await user.presence({ show: 'dnd' })
      await component.presenceFrom(({ from, show }) => from === user.jid && show === 'dnd')
      return undefined
    },
  },
  {
    name: 'a message to nobody is answered to the address that sent it',
    async run(stage) {
      const component = await stage.component()
      const nobody = `nobody-of-that-name@${stage.server.domain}`
      const bot = `bot@${stage.server.component.domain}/1`
      await component.send(nobody, 'Who is there?', bot)
      await component.message(({ from, to, type }) => from === nobody && to === bot && type === 'error')
      return undefined
    },
  },
  {
    name: CONFLICT,
    async run(stage) {
      const [user, first] = await Promise.all([stage.user(), stage.component()])
      await assert.rejects(stage.component(), /conflict|connection-failed/)
      await user.send(stage.server.component.domain, 'still there?')
      await first.message(({ body }) => body === 'still there?')
      return undefined
    },
  },
]
