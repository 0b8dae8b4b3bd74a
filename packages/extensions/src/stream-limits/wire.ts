/** XEP-0478: Stream Limits Advertisement, version 0.2.0. */
import { type Element, el } from '@parlour/xml'

export const STREAM_LIMITS_NAMESPACE = 'urn:xmpp:stream-limits:0'

/** What the other side is willing to take (XEP-0478 §3.1); what is absent is not known. */
export interface AdvertisedLimits {
  /** Octets of a first-level element. */
  readonly maxBytes?: number
  /** Seconds without a word after which the stream counts as idle. */
  readonly idleSeconds?: number
}

/** `<limits/>`, for the stream features. */
export function streamLimitsElement({ maxBytes, idleSeconds }: AdvertisedLimits): Element {
  const child = (name: string, value: number | undefined) =>
    value !== undefined && el(name, STREAM_LIMITS_NAMESPACE, {}, String(value))
  return el('limits', STREAM_LIMITS_NAMESPACE, {}, child('max-bytes', maxBytes), child('idle-seconds', idleSeconds))
}

/** Reads the limits among stream features; what is no number is left out. */
export function readStreamLimits(features: Element): AdvertisedLimits {
  const limits = features.child('limits', STREAM_LIMITS_NAMESPACE)
  const maxBytes = readNumber(limits?.childText('max-bytes'))
  const idleSeconds = readNumber(limits?.childText('idle-seconds'))
  return { ...(maxBytes === undefined ? {} : { maxBytes }), ...(idleSeconds === undefined ? {} : { idleSeconds }) }
}

function readNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined
}
