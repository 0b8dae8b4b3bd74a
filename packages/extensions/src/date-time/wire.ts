/** XEP-0082: XMPP Date and Time Profiles, version 1.1.1. */

/**
 * A moment in the DateTime profile, in UTC with milliseconds (XEP-0082 §3.2).
 *
 * @param at milliseconds since 1970
 * @example dateTime(0) // '1970-01-01T00:00:00.000Z'
 */
export function dateTime(at: number): string {
  return new Date(at).toISOString()
}

/** Seconds may have a fraction; the zone is `Z` or an offset, and is required (XEP-0082 §3.2). */
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,20})?(Z|[+-]\d\d:\d\d)$/

/** Engines take the 30th of February for a day in March. */
function isDay(date: string): boolean {
  return Number(date.slice(8)) <= 28 || new Date(`${date}T00:00:00Z`).toISOString().startsWith(date)
}

/** Milliseconds since 1970, or `undefined` for what is not in the DateTime profile (XEP-0082 §3.2). */
export function readDateTime(text: string): number | undefined {
  if (!DATE_TIME.test(text)) return undefined
  // Beyond three digits, engines disagree.
  const at = Date.parse(text.replace(/(\.\d{3})\d+/, '$1'))
  return Number.isNaN(at) || !isDay(text.slice(0, 10)) ? undefined : at
}
