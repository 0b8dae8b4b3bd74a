import { prepareResource } from './resource.ts'

/** Makes an address of parts that are prepared already; only this package can. */
export let prepared: (local: string, domain: string, resource: string) => Jid

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
    prepared = (local, domain, resource) => new Jid(local, domain, resource)
  }

  private constructor(local: string, domain: string, resource: string) {
    // A join is one flat copy, and the parts cut from it pin nothing else (a slice of a chunk pins the whole chunk).
    const text = [local, local && '@', domain, resource && '/', resource].join('')
    const domainStart = local ? local.length + 1 : 0
    this.local = text.slice(0, local.length)
    this.domain = local || resource ? text.slice(domainStart, domainStart + domain.length) : text
    this.resource = resource && text.slice(domainStart + domain.length + 1)
    this.#text = text
    this.#bare = undefined
  }

  /** This address without its resourcepart; itself when it has none. */
  get bare(): Jid {
    if (this.resource === '') return this
    this.#bare ??= new Jid(this.local, this.domain, '')
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
    return new Jid(this.local, this.domain, prepareResource(resource))
  }

  /** Whether both are the same address: octet for octet, once prepared (RFC 7622 §3.2.2, §3.3.2, §3.4.2). */
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
