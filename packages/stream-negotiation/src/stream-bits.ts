/** TLS protects the stream. */
export const SECURE = 1
/** SASL has succeeded. */
export const AUTHENTICATED = 2
/** A resource is bound; stanzas may flow. */
export const BOUND = 4
/** Stanzas may flow in both directions, on a stream between servers (XEP-0288). */
export const BIDIRECTIONAL = 8

/**
 * What has been negotiated on a stream so far: a sum of {@link SECURE}, {@link AUTHENTICATED}, {@link BOUND} and
 * {@link BIDIRECTIONAL}.
 */
export type StreamBits = number

/** Whether a feature may be listed or negotiated: all necessary bits are set, none of the prohibited ones. */
export function permits(bits: StreamBits, necessary: StreamBits, prohibited: StreamBits): boolean {
  return (bits & necessary) === necessary && (bits & prohibited) === 0
}
