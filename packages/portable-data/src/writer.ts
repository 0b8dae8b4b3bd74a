import { escapeAttribute, serialize } from '@parlour/xml'
import type { ElementName, PortableEvent } from './portable-event.ts'
import { PORTABLE_DATA_NAMESPACE } from './wire.ts'

const HEAD = `<?xml version='1.0' encoding='UTF-8'?>\n<server-data xmlns='${PORTABLE_DATA_NAMESPACE}'>\n`

/**
 * Writes a document, an event at a time, and keeps none of it. Items with the same `within` that follow one another stand in
 * one element.
 *
 * @example
 * const writer = new PortableDataWriter()
 * let text = writer.write({ type: 'host', domain: 'capulet.example' })
 * text += writer.write({ type: 'user', name: 'juliet' })
 * text += writer.end()
 */
export class PortableDataWriter {
  #isBegun = false
  #isInHost = false
  #isInUser = false
  #container: ElementName | undefined

  /**
   * The text of an event. A host or user that is open is ended where another one begins.
   *
   * @throws {XmlError} `illegal-character`: of the event nothing is written, and others may follow
   * @throws {TypeError} for a user outside of a host, or an item outside of a user
   */
  write(event: PortableEvent): string {
    const text = this.#event(event)
    const head = this.#isBegun ? '' : HEAD
    this.#isBegun = true
    return head + text
  }

  /** Ends the document. */
  end(): string {
    const head = this.#isBegun ? '' : HEAD
    this.#isBegun = true
    return `${head}${this.#endHost()}</server-data>\n`
  }

  /** In each: first what may fail; then nothing is begun or ended, and the next event may follow. */
  #event(event: PortableEvent): string {
    switch (event.type) {
      case 'host':
        return this.#host(event.domain)
      case 'user':
        return this.#user(event)
      case 'item':
        return this.#item(event)
      case 'user-end':
        return this.#endUser()
      case 'host-end':
        return this.#endHost()
    }
  }

  #host(domain: string): string {
    const tag = `<host jid='${escapeAttribute(domain)}'>\n`
    const former = this.#endHost()
    this.#isInHost = true
    return former + tag
  }

  #user({ name, password }: Extract<PortableEvent, { type: 'user' }>): string {
    if (!this.#isInHost) throw new TypeError('a user outside of a host')
    const secret = password === undefined ? '' : ` password='${escapeAttribute(password)}'`
    const tag = `<user name='${escapeAttribute(name)}'${secret}>\n`
    const former = this.#endUser()
    this.#isInUser = true
    return former + tag
  }

  #item({ element, within }: Extract<PortableEvent, { type: 'item' }>): string {
    if (!this.#isInUser) throw new TypeError('an item outside of a user')
    const text = serialize(element, within?.namespace ?? PORTABLE_DATA_NAMESPACE)
    return `${this.#enter(within)}${text}\n`
  }

  #enter(container: ElementName | undefined): string {
    const former = this.#container
    if (former?.name === container?.name && former?.namespace === container?.namespace) return ''
    const ended = this.#leave()
    this.#container = container
    if (!container) return ended
    const { name, namespace } = container
    const declaration = namespace === PORTABLE_DATA_NAMESPACE ? '' : ` xmlns='${escapeAttribute(namespace)}'`
    return `${ended}<${name}${declaration}>\n`
  }

  #leave(): string {
    const former = this.#container
    this.#container = undefined
    return former ? `</${former.name}>\n` : ''
  }

  #endUser(): string {
    if (!this.#isInUser) return ''
    this.#isInUser = false
    return `${this.#leave()}</user>\n`
  }

  #endHost(): string {
    const user = this.#endUser()
    if (!this.#isInHost) return user
    this.#isInHost = false
    return `${user}</host>\n`
  }
}
