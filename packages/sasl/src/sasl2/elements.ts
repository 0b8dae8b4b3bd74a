import { type Element, el } from '@parlour/xml'
import { encodeBase64 } from '../base64.ts'
import type { SaslCondition } from '../conditions.ts'
import { SASL_NAMESPACE } from '../wire/elements.ts'
import { type UserAgent, userAgentElement } from './user-agent.ts'

/** Namespace of the Extensible SASL Profile, "SASL2" (XEP-0388). */
export const SASL2_NAMESPACE = 'urn:xmpp:sasl:2'

/** Namespace of `<upgrade/>`, which names a task that brings the server a verifier it lacks (XEP-0480 §2). */
export const SASL_UPGRADE_NAMESPACE = 'urn:xmpp:sasl:upgrade:0'

/** Whether the element is one of SASL2's. */
export const isSasl2Element = (element: Element): boolean => element.namespace === SASL2_NAMESPACE

/** What the stream feature `<authentication/>` offers (XEP-0388 §2.1). */
export interface AuthenticationOffer {
  readonly mechanisms: readonly string[]
  /** What can be negotiated together with authentication: the children of `<inline/>`. */
  readonly inline: readonly Element[]
  /** Tasks that bring the server a verifier it lacks (XEP-0480 §2.1). */
  readonly upgrades: readonly string[]
}

/** What a client asks for by `<authenticate/>` (XEP-0388 §2.3). */
export interface AuthenticationRequest {
  readonly mechanism: string
  /** `undefined`: there is none; of no octets: an empty one. */
  readonly initialResponse?: Uint8Array | undefined
  readonly userAgent?: UserAgent | undefined
  /** What is to be negotiated together with authentication. */
  readonly inline: readonly Element[]
}

/** What `<success/>` says (XEP-0388 §2.6.1). */
export interface AuthenticationSuccess {
  /** Additional data of the mechanism; of no octets: empty ones. */
  readonly additionalData?: Uint8Array | undefined
  /** A bare JID, or the full JID where a resource is bound. */
  readonly authorizationIdentifier: string
  /** What came of the features that were asked for. */
  readonly results: readonly Element[]
}

/** What `<continue/>` asks of a client (XEP-0388 §2.6.3). */
export interface AuthenticationContinuation {
  readonly additionalData?: Uint8Array | undefined
  /** Names of tasks, of which the client chooses one. */
  readonly tasks: readonly string[]
  readonly text?: string | undefined
}

const sasl2 = (name: string, ...children: (Element | string | undefined)[]): Element =>
  el(name, SASL2_NAMESPACE, {}, ...children)

/** Base 64; no octets are an empty element, none at all no element (XEP-0388 §2.2). */
const messageElement = (name: string, message: Uint8Array | undefined): Element | undefined =>
  message && sasl2(name, message.length === 0 ? undefined : encodeBase64(message))

const upgradeElement = (task: string): Element => el('upgrade', SASL_UPGRADE_NAMESPACE, {}, task)

/** The stream feature `<authentication/>`, in the order of preference given. */
export const authenticationElement = ({ mechanisms, inline, upgrades }: AuthenticationOffer): Element =>
  sasl2(
    'authentication',
    ...mechanisms.map((name) => sasl2('mechanism', name)),
    inline.length === 0 ? undefined : sasl2('inline', ...inline),
    ...upgrades.map(upgradeElement),
  )

/** `<authenticate/>`. */
export const authenticateElement = (request: AuthenticationRequest): Element =>
  el(
    'authenticate',
    SASL2_NAMESPACE,
    { mechanism: request.mechanism },
    messageElement('initial-response', request.initialResponse),
    request.userAgent && userAgentElement(request.userAgent),
    ...request.inline,
  )

/** `<upgrade/>` for the `inline` of a request: the client will do this task (XEP-0480 §2.2). */
export const upgradeRequestElement = upgradeElement

/** `<challenge/>`. */
export const challenge2Element = (message: Uint8Array): Element => messageElement('challenge', message) as Element

/** `<response/>`. */
export const response2Element = (message: Uint8Array): Element => messageElement('response', message) as Element

/** `<abort/>`, with a text for logs. */
export const abort2Element = (text?: string): Element =>
  sasl2('abort', text === undefined ? undefined : sasl2('text', text))

/** `<success/>`. */
export const success2Element = (success: AuthenticationSuccess): Element =>
  sasl2(
    'success',
    messageElement('additional-data', success.additionalData),
    sasl2('authorization-identifier', success.authorizationIdentifier),
    ...success.results,
  )

/** `<failure/>`: its conditions are those of RFC 6120 §6.5, in their own namespace. */
export const failure2Element = (condition: SaslCondition, text?: string): Element =>
  sasl2('failure', el(condition, SASL_NAMESPACE), text === undefined ? undefined : sasl2('text', text))

/** `<continue/>`. */
export const continueElement = ({ additionalData, tasks, text }: AuthenticationContinuation): Element =>
  sasl2(
    'continue',
    messageElement('additional-data', additionalData),
    sasl2('tasks', ...tasks.map((task) => sasl2('task', task))),
    text === undefined ? undefined : sasl2('text', text),
  )

/** `<next/>`: the task that the client has chosen. */
export const nextElement = (task: string, ...content: readonly Element[]): Element =>
  el('next', SASL2_NAMESPACE, { task }, ...content)

/** `<task-data/>`, in which all of a task is exchanged. */
export const taskDataElement = (...content: readonly Element[]): Element => sasl2('task-data', ...content)
