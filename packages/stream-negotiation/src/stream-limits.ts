import { type Element, el } from '@parlour/xml'

/** Namespace of announced limits (XEP-0478 0.2). */
export const STREAM_LIMITS_NAMESPACE = 'urn:xmpp:stream-limits:0'

/** What a peer accepts on a stream (XEP-0478 §3.1). What it does not say is not known. */
export interface AnnouncedLimits {
  /** Octets of the largest first-level element. */
  readonly maxBytes?: number | undefined
  /** Seconds without traffic after which it may look or close. */
  readonly idleSeconds?: number | undefined
}

/** `<limits/>`, for `<features/>` or `<bidi/>`. */
export function limitsElement({ maxBytes, idleSeconds }: AnnouncedLimits): Element {
  const child = (name: string, value: number | undefined) =>
    value !== undefined && el(name, STREAM_LIMITS_NAMESPACE, {}, String(value))
  return el('limits', STREAM_LIMITS_NAMESPACE, {}, child('max-bytes', maxBytes), child('idle-seconds', idleSeconds))
}

/**
 * The limits in `<features/>` or `<bidi/>`; `undefined` without any. What is no unsigned 32-bit number is as if it were
 * not there.
 */
export function readAnnouncedLimits(parent: Element): AnnouncedLimits | undefined {
  const limits = parent.child('limits', STREAM_LIMITS_NAMESPACE)
  if (!limits) return undefined
  return { maxBytes: numberIn(limits, 'max-bytes'), idleSeconds: numberIn(limits, 'idle-seconds') }
}

const UNSIGNED_INT_BOUND = 2 ** 32

function numberIn(limits: Element, name: string): number | undefined {
  const text = limits.childText(name, STREAM_LIMITS_NAMESPACE)?.trim() ?? ''
  const value = /^\d{1,10}$/.test(text) ? Number(text) : UNSIGNED_INT_BOUND
  return value < UNSIGNED_INT_BOUND ? value : undefined
}
