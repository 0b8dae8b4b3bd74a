import { isPreparedDomain, isPreparedLocal, isPreparedResource } from './ascii.ts'
import { prepareDomain } from './domain.ts'
import { InternCache } from './intern-cache.ts'
import { type Jid, jidOfParts, jidOfText } from './jid.ts'
import { JidError } from './jid-error.ts'
import { prepareLocal } from './local.ts'
import { prepareResource } from './resource.ts'

/** Addresses that {@link parseJid} remembers, at least and at most twice as many. */
const CACHE_ENTRIES = 4096
/** Texts longer than this are parsed each time, so that the cache stays below some 3 MB whatever peers send. */
const MAX_CACHED_LENGTH = 128

const cache = new InternCache<Jid>(CACHE_ENTRIES)

/**
 * The address that a text denotes, prepared and checked after RFC 7622. Equal addresses that were seen lately are the
 * same object. Nothing is unescaped or escaped (XEP-0106), and no white space is trimmed.
 * @throws {JidError} when the text is no address.
 * @example parseJid('Juliet@Example.com/Balcony').toString() // 'juliet@example.com/Balcony'
 */
export function parseJid(text: string): Jid {
  return cache.get(text) ?? intern(text)
}

function intern(text: string): Jid {
  const copy = flatCopy(text)
  const jid = parseUncached(copy)
  if (text.length > MAX_CACHED_LENGTH) return jid
  const canonical = jid.toString()
  if (canonical === text) {
    cache.set(canonical, jid)
    return jid
  }
  const known = cache.get(canonical)
  if (known === undefined) cache.set(canonical, jid)
  cache.set(copy, known ?? jid)
  return known ?? jid
}

/**
 * The same text in its own memory: a slice of a chunk would keep the whole chunk alive for as long as the address.
 * An engine that joins lazily makes the copy when the joined text is first searched, as the parser does at once.
 */
function flatCopy(text: string): string {
  return text.slice(0, 1) + text.slice(1)
}

/** RFC 7622 §3.1: the resourcepart begins after the first slash, and an at sign separates a localpart only before it. */
export function parseUncached(text: string): Jid {
  const slash = text.indexOf('/')
  const end = slash === -1 ? text.length : slash
  const firstAt = text.indexOf('@')
  const at = firstAt < end ? firstAt : -1
  if (isPrepared(text, at, end)) return jidOfText(text, at, slash)
  return jidOfParts(
    at === -1 ? '' : prepareLocal(text.slice(0, at)),
    prepareDomain(text.slice(at + 1, end)),
    slash === -1 ? '' : prepareResource(text.slice(slash + 1)),
  )
}

/** Whether preparation would leave the text as it is: all ASCII, and no capital letter before the resourcepart. */
function isPrepared(text: string, at: number, end: number): boolean {
  return (
    (at === -1 || isPreparedLocal(text, 0, at)) &&
    isPreparedDomain(text, at + 1, end) &&
    (end === text.length || isPreparedResource(text, end + 1, text.length))
  )
}

/**
 * The address made of parts that are not prepared yet; `''` stands for an absent localpart or resourcepart.
 * @throws {JidError} when a part is invalid.
 * @example createJid('juliet', 'example.com').withResource('balcony')
 */
export function createJid(local: string, domain: string, resource = ''): Jid {
  return jidOfParts(local && prepareLocal(local), prepareDomain(domain), resource && prepareResource(resource))
}

/** Whether {@link parseJid} accepts the text. */
export function isJid(text: string): boolean {
  try {
    parseJid(text)
    return true
  } catch (error) {
    if (error instanceof JidError) return false
    throw error
  }
}
