import { prepareDomain } from './domain.ts'
import { InternCache } from './intern-cache.ts'
import { type Jid, prepared } from './jid.ts'
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
  const jid = parseUncached(text)
  if (text.length > MAX_CACHED_LENGTH) return jid
  const canonical = jid.toString()
  const known = cache.get(canonical)
  if (known === undefined) cache.set(canonical, jid)
  if (text !== canonical) cache.set(flatCopy(text), known ?? jid)
  return known ?? jid
}

/** RFC 7622 §3.1: the resourcepart begins after the first slash, and an at sign separates a localpart only before it. */
export function parseUncached(text: string): Jid {
  const slash = text.indexOf('/')
  const end = slash === -1 ? text.length : slash
  const at = text.indexOf('@')
  const hasLocal = at !== -1 && at < end
  return prepared(
    hasLocal ? prepareLocal(text.slice(0, at)) : '',
    prepareDomain(text.slice(hasLocal ? at + 1 : 0, end)),
    slash === -1 ? '' : prepareResource(text.slice(slash + 1)),
  )
}

/** The same text in its own memory: a slice of a chunk keeps the whole chunk alive. */
function flatCopy(text: string): string {
  return [text.slice(0, 1), text.slice(1)].join('')
}

/**
 * The address made of parts that are not prepared yet; `''` stands for an absent localpart or resourcepart.
 * @throws {JidError} when a part is invalid.
 * @example createJid('juliet', 'example.com').withResource('balcony')
 */
export function createJid(local: string, domain: string, resource = ''): Jid {
  return prepared(local && prepareLocal(local), prepareDomain(domain), resource && prepareResource(resource))
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
