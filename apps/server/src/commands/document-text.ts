import { PortableDataWriter, type PortableEvent } from '@parlour/portable-data'
import { XmlError } from '@parlour/xml'

/** Who hears of what XML cannot hold. */
export interface LeftOutListener {
  note(text: string): void
  /** An account, with all that it has. */
  accountLeft(): void
  passwordRefused(): void
  itemRefused(): void
}

/** Writes a document without what XML cannot hold: other programs keep that all the same. */
export class DocumentText {
  readonly #writer = new PortableDataWriter()
  readonly #listener: LeftOutListener
  #domain = ''
  #address = ''
  /** What could not be begun: what is in it is not to get into another. */
  #isWithout: 'host' | 'user' | undefined

  constructor(listener: LeftOutListener) {
    this.#listener = listener
  }

  write(event: PortableEvent): string {
    this.#enter(event)
    if (this.#isWithout) return this.#leave(event)
    try {
      return this.#writer.write(event)
    } catch (error) {
      if (!(error instanceof XmlError)) throw error
      return this.#without(event, error)
    }
  }

  end(): string {
    return this.#writer.end()
  }

  #enter(event: PortableEvent): void {
    if (event.type === 'host') this.#domain = event.domain
    if (event.type === 'user') this.#address = `${event.name}@${this.#domain}`
    const isOther = event.type === 'host' || event.type === 'host-end' || event.type === this.#isWithout
    if (isOther) this.#isWithout = undefined
  }

  #leave(event: PortableEvent): string {
    if (event.type === 'user') this.#listener.accountLeft()
    return ''
  }

  #without(event: PortableEvent, error: XmlError): string {
    const listener = this.#listener
    if (event.type === 'item') {
      listener.itemRefused()
      listener.note(`${this.#address}: an item was left out, as XML cannot hold it: ${error.message}`)
    } else if (event.type === 'host') {
      this.#isWithout = 'host'
      listener.note(`${this.#domain} was left out with all accounts, as XML cannot hold its name: ${error.message}`)
    } else if (event.type === 'user') return this.#withoutPassword(event, error)
    return ''
  }

  #withoutPassword({ name }: Extract<PortableEvent, { type: 'user' }>, error: XmlError): string {
    const listener = this.#listener
    try {
      const text = this.#writer.write({ type: 'user', name })
      listener.passwordRefused()
      listener.note(`${this.#address}: its password was left out, as XML cannot hold it: ${error.message}`)
      return text
    } catch (fault) {
      if (!(fault instanceof XmlError)) throw fault
      this.#isWithout = 'user'
      listener.accountLeft()
      listener.note(`${this.#address} was left out with all that it has, as XML cannot hold its name: ${error.message}`)
      return ''
    }
  }
}
