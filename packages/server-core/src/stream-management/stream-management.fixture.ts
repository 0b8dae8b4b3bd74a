import { parseJid } from '@parlour/jid'
import { createMemoryStorage, type Storage } from '@parlour/storage'
import { FakeEnvironment } from '@parlour/testing'
import { type Element, parseXml } from '@parlour/xml'
import type { ClientSession } from '../client-session.ts'
import { Guest, Stand } from '../kernel.fixture.ts'
import { defineServerModule } from '../module.ts'
import type { AnyServerModule } from '../module-loader.ts'
import { settled } from '../presence/scene.fixture.ts'
import type { StreamManagementOptions } from './options.ts'

export const JULIET = 'juliet@example.com/balcony'
export const ROMEO = 'romeo@example.net/orchard'
export const SM = "xmlns='urn:xmpp:sm:3'"

/** A client with XEP-0198 that can lose its connection, and that knows what it was sent. */
export class ManagedGuest {
  readonly scene: ManagedScene
  guest: Guest
  /** The `id` of `<enabled/>`. */
  id = ''

  constructor(scene: ManagedScene, guest: Guest) {
    this.scene = scene
    this.guest = guest
  }

  get session(): ClientSession {
    return this.guest.session
  }

  /** The same client, after the server was started again. */
  in(scene: ManagedScene): ManagedGuest {
    const same = new ManagedGuest(scene, this.guest)
    same.id = this.id
    return same
  }

  say(xml: string): Promise<string[]> {
    return this.guest.say(xml)
  }

  /** What it has been sent since it was asked last: the name, and the id or the body of each. */
  hear(): string[] {
    return this.guest.look().flatMap((text) => {
      const at = text.indexOf("<r xmlns='urn:xmpp:sm:3'")
      return at > 0 ? [show(text.slice(0, at)), 'r'] : [show(text)]
    })
  }

  /** Says an element that is no stanza. */
  async nonza(xml: string): Promise<string[]> {
    await this.session.receive(parseXml(xml.replace(/^<(\w+)/, `<$1 ${SM}`)))
    await settled()
    return this.guest.look()
  }

  async enable(attributes = "resume='true'"): Promise<Element> {
    const [answer = ''] = await this.nonza(`<enable ${attributes}/>`)
    const element = parseXml(answer)
    this.id = element.attribute('id') ?? ''
    return element
  }

  cut(): Promise<void> {
    this.session.closed('lost', this.guest)
    return settled()
  }

  /** Resumes on a new connection. @returns the answer */
  async resume(h: number, id = this.id, account = this.session.account): Promise<string> {
    const host = this.scene.stand.kernel.host(parseJid(account).domain)
    const next = new Guest()
    const element = parseXml(`<resume ${SM} previd='${id}' h='${h}'/>`)
    const session = await host?.negotiate?.(parseJid(account), element, next)
    await settled()
    if (session) {
      next.session = session as ClientSession
      this.guest = next
    }
    return next.heard.shift() ?? ''
  }
}

function show(text: string): string {
  if (!/^<(message|presence|iq)/.test(text)) return text
  const element = parseXml(text.replace(/^<(\w+)/, `<$1 xmlns='jabber:client'`))
  const type = element.attribute('type')
  return [element.name, type === 'error' || element.name === 'iq' ? type : undefined, element.attribute('id') ?? '']
    .filter((part) => part !== undefined)
    .join(' ')
}

export class ManagedScene {
  readonly stand: Stand
  readonly environment: FakeEnvironment

  constructor(stand: Stand, environment: FakeEnvironment) {
    this.stand = stand
    this.environment = environment
  }

  get storage(): Storage {
    return this.stand.storage
  }

  async connect(address: string, presence = '<presence/>'): Promise<ManagedGuest> {
    const guest = new ManagedGuest(this, await this.stand.connect(address))
    if (presence) await guest.say(presence)
    guest.guest.look()
    return guest
  }

  /** Time passes. */
  async pass(milliseconds: number): Promise<void> {
    this.environment.advance(milliseconds)
    await settled()
  }

  /** The process is killed and started again: what is in memory is gone. */
  async restart(options: OpenOptions = {}): Promise<ManagedScene> {
    const environment = new FakeEnvironment({ now: this.environment.now(), seed: 2 })
    return openManaged({ ...options, storage: this.storage, environment, accounts: [] })
  }
}

export interface OpenOptions {
  readonly storage?: Storage
  readonly modules?: readonly AnyServerModule[]
  readonly streamManagement?: Partial<StreamManagementOptions>
  readonly environment?: FakeEnvironment
  readonly accounts?: readonly string[]
  readonly maxSessionsPerAccount?: number
}

export async function openManaged({
  storage = createMemoryStorage(),
  environment = new FakeEnvironment(),
  maxSessionsPerAccount = 10,
  ...options
}: OpenOptions = {}): Promise<ManagedScene> {
  const stand = await Stand.open({ ...options, storage, environment, host: { maxSessionsPerAccount } })
  return new ManagedScene(stand, environment)
}

export const chat = (id: string, to = JULIET) =>
  `<message id='${id}' type='chat' to='${to}'><body>${id}</body></message>`

/** A module that keeps every message that reaches nobody. */
export const kept = defineServerModule({
  name: 'kept',
  setup: (host) => [
    host.on('offline', (event) => {
      event.store([host.archive.append('messages', event.account.toString(), { id: event.stanza.id ?? '' })])
      return 'handled'
    }),
  ],
}) as never
