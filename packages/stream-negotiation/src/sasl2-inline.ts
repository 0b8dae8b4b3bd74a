import { isTokenMechanismName, type TokenMechanismName } from '@parlour/sasl'
import {
  type EnableGrant,
  type EnableRequest,
  enable,
  readStreamManagement,
  SM_NAMESPACE,
} from '@parlour/stream-management'
import { type Element, el } from '@parlour/xml'

/** Namespace of Bind 2 (XEP-0386). */
export const BIND2_NAMESPACE = 'urn:xmpp:bind:0'
/** Namespace of tokens for fast authentication (XEP-0484). */
export const FAST_NAMESPACE = 'urn:xmpp:fast:0'

/** Something to be had along with binding: a feature of XEP-0386 §3.1, and the element that asks for it. */
export interface InlineRequest {
  /** The `var` under which the server lists it. */
  readonly feature: string
  readonly element: Element
}

/** What a server can do along with authentication (XEP-0388 §2.1). */
export interface InlineOffer {
  /** It resumes sessions (XEP-0198 §9.2). */
  readonly resumption: boolean
  /** What it does along with binding (XEP-0386 §3.1); undefined: it does not bind here. */
  readonly binding: ReadonlySet<string> | undefined
  /** The mechanisms that take tokens (XEP-0484 §3.1). */
  readonly tokens: readonly TokenMechanismName[]
}

/** Reads the children of `<inline/>`. */
export function readInlineOffer(inline: readonly Element[]): InlineOffer {
  const find = (name: string, namespace: string) => inline.find((element) => element.is(name, namespace))
  const bind = find('bind', BIND2_NAMESPACE)
  const fast = find('fast', FAST_NAMESPACE)
  const listed = bind?.child('inline', BIND2_NAMESPACE)?.childrenNamed('feature', BIND2_NAMESPACE) ?? []
  return {
    resumption: find('sm', SM_NAMESPACE) !== undefined,
    binding: bind && new Set(listed.flatMap((feature) => feature.attribute('var') ?? [])),
    tokens: (fast?.childrenNamed('mechanism', FAST_NAMESPACE) ?? [])
      .map((mechanism) => mechanism.text().trim())
      .filter(isTokenMechanismName),
  }
}

/** What is asked for along with binding (XEP-0386 §3.2). */
export interface Bind2Request {
  /** A short name of the software, which others may see in the resource. */
  readonly tag?: string | undefined
  /** Stream management (XEP-0198 §9.1), unless undefined. */
  readonly enable?: EnableRequest | undefined
  readonly features?: readonly InlineRequest[] | undefined
}

/** `<bind/>` with what of all this the server has `offered`. */
export function bind2Element(request: Bind2Request, offered: ReadonlySet<string>): Element {
  const { tag, enable: wanted, features = [] } = request
  return el(
    'bind',
    BIND2_NAMESPACE,
    {},
    tag !== undefined && el('tag', BIND2_NAMESPACE, {}, tag),
    wanted && offered.has(SM_NAMESPACE) && enable(wanted),
    ...features.filter(({ feature }) => offered.has(feature)).map(({ element }) => element),
  )
}

/** Stream management as `<bound/>` grants it; undefined if it does not. */
export function enabledIn(bound: Element): EnableGrant | undefined {
  const element = bound.elements().find(({ namespace }) => namespace === SM_NAMESPACE)
  const answer = element && readStreamManagement(element)
  if (answer?.kind !== 'enabled') return undefined
  const { id, resume, max, location } = answer
  return { id, resume, max, location }
}

/** `<fast/>`: the exchange is one by a token (XEP-0484 §3.4). */
export function fastElement(options: { readonly invalidate?: boolean } = {}): Element {
  return el('fast', FAST_NAMESPACE, { invalidate: options.invalidate ? 'true' : undefined })
}

/** `<request-token/>` (XEP-0484 §3.2). */
export function requestTokenElement(mechanism: TokenMechanismName): Element {
  return el('request-token', FAST_NAMESPACE, { mechanism })
}

/** A token, as a server hands it out (XEP-0484 §3.3). */
export interface IssuedToken {
  readonly token: string
  /** When it ends, in milliseconds since the epoch. */
  readonly expiry: number
}

/** The token among the results of an authentication; undefined if there is none that can be understood. */
export function readIssuedToken(results: readonly Element[]): IssuedToken | undefined {
  const element = results.find((each) => each.is('token', FAST_NAMESPACE))
  const { token, expiry } = element?.attributes ?? {}
  const ends = Date.parse(expiry ?? '')
  return token && !Number.isNaN(ends) ? { token, expiry: ends } : undefined
}
