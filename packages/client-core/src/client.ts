import type { Jid } from '@parlour/jid'
import type { Message, Presence, Stanza } from '@parlour/stanza'
import type { Environment } from '@parlour/stream-negotiation'
import type { Element } from '@parlour/xml'
import type { Signal } from './abort.ts'
import type { AcknowledgementOptions } from './acknowledgement.ts'
import type { Addressing } from './addressing.ts'
import type { ConnectionState } from './connection-state.ts'
import type { IqHandler } from './iq-handlers.ts'
import type { IqOptions } from './iq-requests.ts'
import type { KeepaliveOptions } from './keepalive.ts'
import type { ReconnectionOptions } from './reconnection.ts'
import type { QueueOptions } from './stanza-queue.ts'
import type { OpenedClientStream, StreamAgreement } from './stream/index.ts'
import type { SessionWish, StreamManagementOptions } from './stream-management/options.ts'

/** An established stream, as `openClientStream` gives it. */
export type ClientStream = Pick<
  OpenedClientStream,
  'jid' | 'agreement' | 'secure' | 'send' | 'onElement' | 'onClose' | 'close' | 'destroy'
>

/** What a client is made of. */
export interface ClientOptions {
  /** The account, or a full JID to ask for. */
  readonly jid: Jid
  /**
   * Makes a connection and opens a stream on it; called again for each reconnection. Must leave nothing behind when it
   * rejects. `session` is for `openClientStream`; one that is not passed on is not resumed.
   */
  open(signal: Signal, session: SessionWish): Promise<ClientStream>
  readonly environment: Environment
  /** Default: that of a client. */
  readonly addressing?: Addressing
  /** Default: those of {@link DEFAULT_RECONNECTION}; `false`: the first failure is final. */
  readonly reconnection?: Partial<ReconnectionOptions> | false
  /** Default: those of {@link DEFAULT_KEEPALIVE}; `false`: none. */
  readonly keepalive?: Partial<KeepaliveOptions> | false
  /** Default: those of {@link DEFAULT_STREAM_MANAGEMENT}, where the server offers it; `false`: none. */
  readonly streamManagement?: Partial<StreamManagementOptions> | false
  /** Closes the client. */
  readonly signal?: Signal
}

/** What was not delivered, and why. */
export interface ClientCounters {
  /** Answers without a request that waits for them. */
  lateReplies: number
  /** Answers with the id of a request, from an address that was not asked (RFC 6120 §8.1.2.1). */
  spoofedReplies: number
  /** Stanzas that break the rules on the wire. */
  malformedStanzas: number
  /** First-level elements that are no stanzas. */
  unknownElements: number
  /** Stanzas dropped from queues that were full. */
  droppedStanzas: number
}

/** Requests and answers (RFC 6120 §8.2.3). */
export interface IqAccess {
  /**
   * Resolves with the payload of the result. Rejects with the answer's `StanzaError`, or a ClientError `timeout`,
   * `disconnected`, `aborted`.
   *
   * @throws {JidError} for `to`, as a rejection
   */
  get(payload: Element, options?: IqOptions): Promise<Element | undefined>
  /** As {@link get}, for what changes something. */
  set(payload: Element, options?: IqOptions): Promise<Element | undefined>
  /**
   * Answers requests with a payload of this name and namespace. Requests nobody handles are answered with
   * `service-unavailable`; a throw other than a StanzaError with `internal-server-error`.
   *
   * @returns takes the handler out again
   * @throws {RangeError} if there is a handler already
   */
  handle(type: 'get' | 'set', namespace: string, name: string, handler: IqHandler): () => void
}

/** A client of an XMPP server that stays connected. */
export interface Client extends AsyncDisposable {
  /** The full JID of the session; before the first one, the JID that was given. */
  readonly jid: Jid
  readonly state: ConnectionState
  /** What was agreed upon when the present stream was opened; undefined while there is none. */
  readonly agreement: StreamAgreement | undefined
  readonly counters: Readonly<ClientCounters>
  readonly environment: Environment
  readonly iq: IqAccess
  /** The extensions in use, in the order in which they were set up. */
  readonly extensions: readonly ClientExtension<unknown>[]
  /** Resolves when the client is online, at once if it is. Rejects with the ClientError that closed it, or `closed`, or `aborted`. */
  online(signal?: Signal): Promise<void>
  /** Hears of every change of {@link state}. @returns takes the listener out again */
  onState(listener: (state: ConnectionState) => void): () => void
  /**
   * Resolves when the stanza was handed to the transport; rejects with a ClientError `disconnected`, `closed`, or
   * `overflow` when the server has not acknowledged 20 000 of them. With stream management what is lost on the way is sent again.
   */
  send(stanza: Element): Promise<void>
  /**
   * Resolves when the server has taken responsibility for the stanza (XEP-0198 §4), also when that takes several
   * connections: what the server has not handled is sent again, and what is given while the connection is lost waits for
   * the next one. Where the server has no stream management, the answer to a ping behind the stanza has to do
   * (RFC 6120 §10.1). Rejects with a ClientError: those of {@link send}, `timeout`, `aborted`, or `not-acknowledged` when
   * it will never be known.
   *
   * @example await client.sendAcknowledged(message({ to, body, id }))
   */
  sendAcknowledged(stanza: Element, options?: AcknowledgementOptions): Promise<void>
  /** Changes every stanza that is sent, in the order in which these were added (XEP-0115 adds to presence so). */
  outgoing(rewrite: (stanza: Element) => Element): () => void
  /**
   * Asks for something along with binding, where the server can do that (XEP-0386 §3.1): `element` is called for each
   * stream that is opened, `undefined` asks for nothing. Whether it was done: `agreement.inline` has the feature. Where it
   * was not, ask as ever. @returns takes it out again
   *
   * @param feature the `var` by which servers list it
   */
  inline(feature: string, element: () => Element | undefined): () => void
  /** Messages from now on, across reconnections. Ends with the client: with its error, if it has one. */
  messages(options?: QueueOptions): AsyncIterableIterator<Message, undefined>
  /** Presence from now on, as {@link messages}. */
  presences(options?: QueueOptions): AsyncIterableIterator<Presence, undefined>
  /** Hears of every stanza, in order. @returns takes the listener out again */
  stanzas(listener: (stanza: Stanza) => void): () => void
  /** What an extension offers; it is set up at the first call. */
  use<Api>(extension: ClientExtension<Api>): Api
  /** Closes the stream in order; no socket, timer or listener is left. Idempotent. */
  close(): Promise<void>
}

/** Something that a client can do beyond the kernel: the client's half of a protocol. */
export interface ClientExtension<Api> {
  /** Names it among all extensions of a client. */
  readonly name: string
  /** What it implements, for documentation and discovery. */
  readonly implements?: { readonly xep?: number; readonly rfc?: number; readonly version?: string }
  /** Features to announce by service discovery (XEP-0030 §3.1). */
  readonly features?: readonly string[]
  /** Called once for a client, whether it is online or not; returns what the extension offers to the program. */
  setup(client: Client): Api
}
