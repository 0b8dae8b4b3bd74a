/** Greater than every entry id, which is visible ASCII. */
export const ABOVE_ALL = '\x7f'

/** An id followed by this is greater than the id, and no id lies between. */
export const JUST_ABOVE = ' '

/** The bounds of id of a query, as `PageRequest` has them: from (included), to (excluded). */
export function rangeOfIds(after: string | undefined, before: string | undefined): { from: string; to: string } {
  return { from: after === undefined ? '' : after + JUST_ABOVE, to: before ?? ABOVE_ALL }
}

export function lesser(a: string, b: string): string {
  return [a, b].sort()[0] as string
}

export function greater(a: string, b: string): string {
  return [a, b].sort()[1] as string
}
