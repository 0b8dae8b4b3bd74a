import { prepareResource } from './resource.ts'

/**
 * Makes an address of its prepared text, with the places of its separators or -1; only this package can.
 * The parts are cut from the text, so the text should be flat and pin no larger one.
 */
export let jidOfText: (text: string, at: number, slash: number) => Jid

/** Makes an address of prepared parts. The join is one flat copy: what the parts were cut from can go. */
export function jidOfParts(local: string, domain: string, resource: string): Jid {
  const text = [local, local && '@', domain, resource && '/', resource].join('')
  return jidOfText(text, local ? local.length : -1, resource ? text.length - resource.length - 1 : -1)
}

/**
 * An XMPP address (RFC 7622): an immutable value whose parts are prepared, so that equal addresses have equal strings.
 * Made by {@link parseJid} and {@link createJid} only.
 */
export class Jid {
  /** The localpart, `''` when absent. */
  readonly local: string
  /** The domainpart: labels in their U-label form, lower case, without a final dot. Never empty. */
  readonly domain: string
  /** The resourcepart, `''` when absent. */
  readonly resource: string
  readonly #text: string
  #bare: Jid | undefined

  static {
    jidOfText = (text, at, slash) => new Jid(text, at, slash)
  }

  private constructor(text: string, at: number, slash: number) {
    this.local = at === -1 ? '' : text.slice(0, at)
    this.domain = slash === -1 ? text.slice(at + 1) : text.slice(at + 1, slash)
    this.resource = slash === -1 ? '' : text.slice(slash + 1)
    this.#text = text
    this.#bare = undefined
  }

  /** This address without its resourcepart; itself when it has none. */
  get bare(): Jid {
    if (this.resource === '') return this
    this.#bare ??= jidOfParts(this.local, this.domain, '')
    return this.#bare
  }

  /** Whether there is no resourcepart: `romeo@example.net` or `example.net` (RFC 6120 §1.4). */
  get isBare(): boolean {
    return this.resource === ''
  }

  /** Whether there is a resourcepart: `romeo@example.net/orchard` or `example.net/node` (RFC 6120 §1.4). */
  get isFull(): boolean {
    return this.resource !== ''
  }

  /**
   * The address with the same bare part and another resourcepart; with `''` the bare address.
   * @throws {JidError} when `resource` is no resourcepart.
   */
  withResource(resource: string): Jid {
    if (resource === '') return this.bare
    return jidOfParts(this.local, this.domain, prepareResource(resource))
  }

  /** Whether both are the same address: octet for octet, once prepared (RFC 7622 §3.2.3, RFC 8265 §3.3.4, §4.2.3). */
  equals(other: Jid): boolean {
    return this === other || this.#text === other.#text
  }

  /** The address as text, the form that goes onto the wire. */
  toString(): string {
    return this.#text
  }

  /** The same as {@link toString}, so that an address within JSON is its text. */
  toJSON(): string {
    return this.#text
  }
}
