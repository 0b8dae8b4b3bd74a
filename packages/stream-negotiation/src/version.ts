/** A version of XMPP, as two separate integers (RFC 6120 §4.7.5). */
export interface StreamVersion {
  readonly major: number
  readonly minor: number
}

/** The version of RFC 6120. */
export const XMPP_VERSION: StreamVersion = { major: 1, minor: 0 }

/** Reads a `version` attribute; none or an unreadable one means 0.9 (RFC 6120 §4.7.5). Leading zeros are ignored. */
export function parseVersion(text: string | undefined): StreamVersion {
  const match = /^(\d{1,9})\.(\d{1,9})$/.exec(text ?? '')
  return match ? { major: Number(match[1]), minor: Number(match[2]) } : { major: 0, minor: 9 }
}

/** Negative when `a` is lower than `b`, positive when higher: numbers, so 2.4 is lower than 2.13 (RFC 6120 §4.7.5). */
export function compareVersions(a: StreamVersion, b: StreamVersion): number {
  return a.major - b.major || a.minor - b.minor
}
