import { createJid, type Jid } from '@parlour/jid'
import type { Iq } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import type { NonzaHandler } from './client-session.ts'
import { Discovery } from './discovery.ts'
import { HookRegistry } from './hook-registry.ts'
import { IqHandlers } from './iq-handlers.ts'
import { PortableParts } from './portable/portable-parts.ts'
import type { BindFeature } from './sign-in/inline-features.ts'

export type FeatureStage = 'unauthenticated' | 'authenticated'

/** Whence a request came that nobody has authenticated for. */
export interface UnauthenticatedContext {
  readonly remoteAddress: string
  readonly secure: boolean
}

/** The stream that a feature is announced on. */
export interface FeatureContext {
  /** Octets of one first-level element that the stream takes at this stage; once bound, after authentication. */
  readonly maxStanzaBytes: number
}

/** Makes a stream feature, or none for this stream. */
export type StreamFeature = (stream: FeatureContext) => Element | undefined

/** Answers an IQ request sent before authentication with the payload of its result; refuses by a StanzaError. */
export type BeforeAuthentication = (iq: Iq, context: UnauthenticatedContext) => Promise<Element | undefined>

/** How a host treats its clients. */
export interface HostOptions {
  readonly domain: string
  /** RFC 6120 §7.7.2.2: end the older session, give the newer one another resource, or refuse the newer one. */
  readonly resourceConflict: 'replace' | 'rename' | 'refuse'
  /** Sessions of one account at a time; one more is refused with `resource-constraint` (RFC 6120 §7.6.2.1). */
  readonly maxSessionsPerAccount: number
  /** Settings of modules by their name, validated by each module's schema. */
  readonly modules: Readonly<Record<string, unknown>>
}

/** One domain of the server, and all that is registered for it. */
export class Host {
  readonly domain: string
  readonly jid: Jid
  readonly options: HostOptions
  readonly discovery = new Discovery()
  readonly hooks = new HookRegistry()
  /** What belongs to an account, for export and import. */
  readonly portable = new PortableParts()
  readonly iqHandlers: IqHandlers
  readonly streamFeatures: Record<FeatureStage, Set<StreamFeature>> = {
    unauthenticated: new Set(),
    authenticated: new Set(),
  }
  /** IQ requests that may come before authentication, by namespace of the payload. */
  readonly beforeAuthentication = new Map<string, BeforeAuthentication>()
  /** Handlers of first-level elements that are no stanzas, by `{namespace}name`. */
  readonly nonzas = new Map<string, NonzaHandler>()
  /** What a client can have together with its resource, by namespace (XEP-0386). */
  readonly bindFeatures = new Map<string, BindFeature>()
  /** What modules offer to one another, by name. */
  readonly services = new Map<string, unknown>()

  constructor(jid: Jid, options: HostOptions) {
    this.jid = jid
    this.domain = jid.domain
    this.options = options
    this.iqHandlers = new IqHandlers(jid.domain)
  }

  /** The account with this prepared localpart. */
  accountJid(local: string): Jid {
    return createJid(local, this.domain)
  }

  features(stage: FeatureStage, stream: FeatureContext): Element[] {
    const elements: Element[] = []
    for (const feature of this.streamFeatures[stage]) {
      const element = feature(stream)
      if (element) elements.push(element)
    }
    return elements
  }
}
