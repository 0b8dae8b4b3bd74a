import { type Jid, JidError } from '@parlour/jid'
import type { SaslCrypto, UserAgent } from '@parlour/sasl'
import { SM_NAMESPACE } from '@parlour/stream-management'
import { beginningOf, type Element, el } from '@parlour/xml'
import type { ClientSession } from '../client-session.ts'
import type { BindFeature } from './inline-features.ts'
import { encodeText, toBase64Url } from './octets-text.ts'

/** Namespace of Bind 2 (XEP-0386). */
export const BIND2_NAMESPACE = 'urn:xmpp:bind:0'

const RESOURCE_OCTETS = 9
/** UTF-16 code units of the tag that become part of the resource. */
const LONGEST_TAG = 64

/** `<bind/>` in `<inline/>`, with the features that can be had with it (XEP-0386 §3.1). */
export function bind2Feature(features: Iterable<BindFeature>): Element {
  const listed = [...features].filter(({ isListed = true }) => isListed)
  const names = [SM_NAMESPACE, ...listed.map(({ namespace }) => namespace)]
  const elements = names.map((name) => el('feature', BIND2_NAMESPACE, { var: name }))
  return el('bind', BIND2_NAMESPACE, {}, el('inline', BIND2_NAMESPACE, {}, ...elements))
}

/** The `<bind/>` of a request. */
export const findBind2 = (inline: readonly Element[]): Element | undefined =>
  inline.find((element) => element.is('bind', BIND2_NAMESPACE))

/** What the resource is made from. */
export interface ResourceParts {
  readonly account: Jid
  readonly request: Element
  readonly userAgent: UserAgent | undefined
  readonly secret: Uint8Array
  readonly crypto: Pick<SaslCrypto, 'hmac'>
  readonly randomBytes: (length: number) => Uint8Array
}

/**
 * `tag/identifier` (XEP-0386 §3.2.1). The identifier is the same for the same tag and user agent, and does not show the
 * user agent's id; without an id it is random. A tag that cannot be part of an address is left out.
 */
export async function resourceFor(parts: ResourceParts): Promise<string> {
  const { account, request, userAgent, secret, crypto, randomBytes } = parts
  const tag = beginningOf(request.childText('tag', BIND2_NAMESPACE)?.trim() ?? '', LONGEST_TAG)
  const octets = userAgent?.id
    ? await crypto.hmac('SHA-256', secret, encodeText(`resource ${account.bare} ${userAgent.id.toLowerCase()} ${tag}`))
    : randomBytes(RESOURCE_OCTETS)
  const identifier = toBase64Url(octets.subarray(0, RESOURCE_OCTETS))
  const resource = `${tag}/${identifier}`
  return tag !== '' && isResource(account, resource) ? resource : identifier
}

function isResource(account: Jid, resource: string): boolean {
  try {
    return account.withResource(resource).resource !== ''
  } catch (error) {
    if (error instanceof JidError) return false
    throw error
  }
}

/**
 * Has the features that were asked for, then those that speak in any case: what they tell of the account, such as the end of
 * its archive, has nothing behind it that the session was not sent a copy of (XEP-0386 §1).
 * @returns `<bound/>`, with the results before theirs
 */
export async function bound(
  session: ClientSession,
  request: Element,
  features: Iterable<BindFeature>,
  before: readonly Element[],
): Promise<Element> {
  const results = [...before]
  const asked = request.elements()
  const wishes = Array.from(features, (feature) => ({
    feature,
    wish: asked.find((element) => element.namespace === feature.namespace),
  }))
  wishes.sort((one, other) => Number(other.wish !== undefined) - Number(one.wish !== undefined))
  for (const { feature, wish } of wishes) {
    const result = await feature.bound(session, wish)
    if (result) results.push(result)
  }
  return el('bound', BIND2_NAMESPACE, {}, ...results)
}
