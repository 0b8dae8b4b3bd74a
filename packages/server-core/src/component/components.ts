import { type Jid, parseJid } from '@parlour/jid'
import type { SaslCrypto } from '@parlour/sasl'
import { CLIENT_NAMESPACE, type Stanza, StanzaError } from '@parlour/stanza'
import type { Environment } from '@parlour/stream-negotiation'
import { type Element, serialize } from '@parlour/xml'
import { StreamError } from '@parlour/xml-stream'
import type { ClientSession } from '../client-session.ts'
import type { Logger } from '../logger.ts'
import type { Router } from '../router.ts'
import { type SignInLimits, SignInThrottle, TooManyAttempts } from '../sign-in-throttle.ts'
import type { AcceptedStreamKernel, StreamSession } from '../stream/accepted-stream.ts'
import type { ClientStream, StreamEnd } from '../stream/kernel-port.ts'
import { Component, type ComponentStatus } from './component.ts'
import type { ComponentPort } from './component-port.ts'
import { type InboundKernel, receiveFromComponent } from './inbound.ts'
import type { ComponentSettings } from './options.ts'

/** What components need of the kernel. */
export interface ComponentKernel extends AcceptedStreamKernel, InboundKernel {
  readonly router: Pick<Router, 'route' | 'bounce' | 'host'>
  /** Where the kernel finds its components. */
  components: ComponentPort | undefined
  /** Has what components had sent to other servers, and these had not confirmed, when the server was last there. */
  readonly federation?: { restore(locals: readonly string[]): Promise<void> } | undefined
}

/** What {@link serveComponents} is given. */
export interface ComponentsOptions {
  readonly components: readonly ComponentSettings[]
  readonly log: Logger
  /** For the handshakes. Default: WebCrypto. */
  readonly crypto?: Pick<SaslCrypto, 'digest'>
  /** After how many wrong secrets further attempts wait; `account` stands for a domain. Default `DEFAULT_SIGN_IN_LIMITS`. */
  readonly limits?: SignInLimits
}

/** A handshake that a peer sent. */
export interface HandshakeAttempt {
  readonly domain: string
  readonly streamId: string
  readonly handshake: string
  readonly remoteAddress: string
}

/** Presence that says that somebody is not there, or only asks: nobody waits for an answer. */
const UNANSWERED_PRESENCE: ReadonlySet<string | undefined> = new Set(['unavailable', 'probe'])

/** The external components of a server (XEP-0114): who they are, which are connected, what goes to them. */
export class Components implements ComponentPort {
  readonly environment: Environment
  readonly kernel: ComponentKernel
  readonly #components = new Map<string, Component>()
  readonly #throttle: SignInThrottle
  readonly #log: Logger
  readonly #crypto: Pick<SaslCrypto, 'digest'> | undefined

  /** @throws {JidError} for a domain that is none; {RangeError} for one that is taken, or an address */
  constructor(kernel: ComponentKernel, { components, log, crypto, limits }: ComponentsOptions) {
    this.kernel = kernel
    this.environment = kernel.environment
    this.#log = log
    this.#crypto = crypto
    this.#throttle = new SignInThrottle(kernel.environment, limits)
    for (const settings of components) this.#add(settings)
  }

  serves(domain: string): boolean {
    return this.#components.has(domain)
  }

  send(stanza: Stanza, session: ClientSession | undefined): void | Promise<void> {
    const component = this.#of((stanza.to as Jid).domain)
    const { stream } = component
    if (stream) {
      component.counts.sent++
      return stream.send(serialize(stanza.element, CLIENT_NAMESPACE))
    }
    if (stanza.kind === 'presence' && UNANSWERED_PRESENCE.has(stanza.type)) return
    const text = `the component ${component.domain} is not connected`
    return this.kernel.router.bounce(stanza, new StanzaError('service-unavailable', text, { type: 'wait' }), session)
  }

  /** Where each component stands, in the order of the configuration. */
  list(): ComponentStatus[] {
    return Array.from(this.#components.values(), ({ status }) => status)
  }

  /** Judges a handshake; who has failed often waits. @returns why it is refused @internal */
  async verify({ domain, streamId, handshake, remoteAddress }: HandshakeAttempt): Promise<StreamError | undefined> {
    try {
      await this.#throttle.admit(remoteAddress, domain)
    } catch (error) {
      if (error instanceof TooManyAttempts) return new StreamError('resource-constraint', error.message)
      throw error
    }
    if (await this.#of(domain).accepts(handshake, streamId, this.#crypto)) {
      this.#throttle.succeeded(remoteAddress, domain)
      return undefined
    }
    this.#throttle.failed(remoteAddress, domain)
    return new StreamError('not-authorized', `the secret is not the one configured for ${domain}`)
  }

  /** Makes an authenticated stream that of its component. @internal */
  claim(domain: string, stream: ClientStream): ComponentSession | StreamError {
    const component = this.#of(domain)
    const { remoteAddress, secure } = stream
    const conflict = component.claim(stream, this.environment.now())
    if (conflict) return conflict
    this.#log.info({ component: domain, remoteAddress, secure }, 'a component is connected')
    return new ComponentSession(component, stream, this)
  }

  /** @internal */
  closed(component: Component, stream: ClientStream, reason: StreamEnd): void {
    if (!component.release(stream)) return
    const { remoteAddress } = stream
    this.#log.info({ component: component.domain, remoteAddress, reason }, 'a component is no longer connected')
  }

  #add(settings: ComponentSettings): void {
    const { router } = this.kernel
    const { domain, local, resource } = parseJid(settings.domain)
    if (local !== '' || resource !== '') throw new RangeError(`${settings.domain} is no domain`)
    if (this.serves(domain) || router.host(domain)) throw new RangeError(`${domain} is taken already`)
    const listedBy = settings.listedBy ?? domain.slice(domain.indexOf('.') + 1)
    const lister = listedBy === false ? undefined : router.host(listedBy)
    this.#components.set(domain, new Component(settings, lister?.discovery))
  }

  #of(domain: string): Component {
    return this.#components.get(domain) as Component
  }
}

/** The established stream of a component. */
export class ComponentSession implements StreamSession {
  readonly #component: Component
  readonly #stream: ClientStream
  readonly #components: Components

  constructor(component: Component, stream: ClientStream, components: Components) {
    this.#component = component
    this.#stream = stream
    this.#components = components
  }

  get jid(): Jid {
    return this.#component.jid
  }

  receive(element: Element): void | Promise<void> {
    return receiveFromComponent(this.#component, element, this.#stream, this.#components.kernel)
  }

  closed(reason: StreamEnd): void {
    this.#components.closed(this.#component, this.#stream, reason)
  }
}
