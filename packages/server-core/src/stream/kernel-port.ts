import type { Jid } from '@parlour/jid'
import type { SaslServer } from '@parlour/sasl'
import type { StanzaError } from '@parlour/stanza'
import type { Environment } from '@parlour/stream-negotiation'
import type { TlsSecurity } from '@parlour/transport'
import type { Element } from '@parlour/xml'
import type { StreamError } from '@parlour/xml-stream'
import type { ClientSession, ClientStream } from './session-port.ts'
import type { SignIn } from './sign-in.ts'

export type { ClientSession, ClientStream, StreamEnd } from './session-port.ts'

/** What the stream driver needs of the kernel. */
export interface StreamKernel {
  readonly environment: Environment
  /** The host that serves a domain; `undefined` → `host-unknown` (RFC 6120 §4.9.3.6). */
  host(domain: string): StreamHost | undefined
  /**
   * Something of the kernel threw or rejected while a stream was served; that stream ends with `internal-server-error`. A
   * StreamError is not told here: the stream ends with it.
   */
  reportError(cause: unknown): void
  /** A connection was accepted. Each one is told `gone` later. */
  opened?(stream: ClientStream): void
  /** The connection is no more. */
  gone?(stream: ClientStream): void
  /** This side ends a stream with an error; `jid`: of the session, if there is one. For logs and counters. */
  streamFailed?(stream: ClientStream, error: StreamError, jid: Jid | undefined): void
}

/** What a host knows of a connection that wants to authenticate. */
export interface AuthenticationContext {
  readonly tls: boolean
  readonly security: TlsSecurity | undefined
  readonly remoteAddress: string
  /** The types of channel binding that are announced (XEP-0440); none: the announcement is left out. */
  readonly bindings: readonly string[]
  /** What is known of the channel already, by type; the rest is asked of `security`. */
  readonly channelOctets?: ReadonlyMap<string, Uint8Array>
}

/** One domain, as the stream driver sees it. */
export interface StreamHost {
  readonly domain: string
  /** A fresh SASL server for one stream; one is made after each restart. */
  saslServer(context: AuthenticationContext): SaslServer
  /** How a stream signs in by SASL2 (XEP-0388), where it may: made anew for each stream, of the same SASL server. */
  readonly signIn?: ((context: AuthenticationContext, server: SaslServer) => SignIn) | undefined
  /** Voluntary features to list beside the driver's own (roster versioning, in-band registration, limits …). */
  features(
    stage: 'unauthenticated' | 'authenticated',
    secure: boolean,
    stream: { readonly maxStanzaBytes: number },
  ): readonly Element[]
  /** An IQ request to the server that came before authentication (in-band registration); without it: `not-authorized`. */
  readonly beforeAuthentication?: ((iq: Element, stream: ClientStream) => void) | undefined
  /**
   * A first-level element of an extension that came after authentication and instead of resource binding (such as
   * `<resume/>` of XEP-0198), called for the namespaces in {@link StreamHost.negotiationNamespaces}. A session ends the
   * negotiation; `undefined` leaves it open (the host has sent its refusal).
   */
  negotiate?(
    account: Jid,
    element: Element,
    stream: ClientStream,
  ): ClientSession | undefined | Promise<ClientSession | undefined>
  readonly negotiationNamespaces?: ReadonlySet<string>
  /** Resource binding (RFC 6120 §7): a session, or the stanza error that the client gets; it may try again. */
  bind(
    account: Jid,
    requestedResource: string | undefined,
    stream: ClientStream,
  ): ClientSession | StanzaError | Promise<ClientSession | StanzaError>
}
