import { isArchiveId, timeOfArchiveId } from '@parlour/server-core'

const MAX_COUNT = 0xffff

/**
 * The ids of messages that another archive had. Those that a server of this kind gave are kept; others cannot be, as ours are
 * in the order of time: one is made of the time, the place among messages of that time, and the former id, so that it is the
 * same when the import is repeated. For one archive, whose messages are given in their order.
 */
export class ImportedIds {
  #lastAt = -1
  #count = 0

  /** @param at milliseconds since 1970 */
  of(former: string, at: number): string {
    this.#count = at === this.#lastAt ? Math.min(this.#count + 1, MAX_COUNT) : 0
    this.#lastAt = at
    if (isArchiveId(former) && timeOfArchiveId(former) === at) return former
    return `${hex(at, 12)}-${hex(this.#count, 4)}-${digest(former)}`
  }
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')

/** 64 bits of FNV-1a: tells ids apart, hides nothing. */
function digest(text: string): string {
  let [one, other] = [0x811c9dc5, 0x01000193]
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    one = Math.imul(one ^ unit, 0x01000193) >>> 0
    other = Math.imul(other ^ unit ^ (one >>> 13), 0x85ebca6b) >>> 0
  }
  return hex(one, 8) + hex(other, 8)
}
