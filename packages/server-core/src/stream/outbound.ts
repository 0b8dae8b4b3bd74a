import type { Connection } from '@parlour/transport'
import type { Element } from '@parlour/xml'
import { type StreamError, type StreamHeader, StreamWriter } from '@parlour/xml-stream'
import { featuresText } from './offered-elements.ts'

/** The sending side of a stream: nothing leaves after `</stream>`, and what waits for the peer is bounded. */
export class Outbound {
  readonly #connection: Connection
  readonly #writer: StreamWriter
  readonly #maxBytes: number
  #isClosed = false
  #held: string[] | undefined

  constructor(connection: Connection, maxBytes: number, contentNamespace: string) {
    this.#writer = new StreamWriter({ contentNamespace })
    this.#connection = connection
    this.#maxBytes = maxBytes
  }

  /** `</stream>` was sent, or the connection dropped. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** What is sent by {@link text} waits for {@link release}, behind what the negotiation still has to say. */
  hold(): void {
    this.#held ??= []
  }

  release(): void {
    const held = this.#held
    this.#held = undefined
    for (const text of held ?? []) this.#write(text)
  }

  text(text: string): void {
    if (this.#held) this.#held.push(text)
    else this.#write(text)
  }

  features(features: readonly Element[]): void {
    this.#write(featuresText(features, (element) => this.#writer.element(element)))
  }

  element(element: Element): void {
    this.#write(this.#writer.element(element))
  }

  #write(text: string): void {
    if (this.#isClosed) return
    this.#connection.write(text)
    if (this.#connection.bufferedBytes > this.#maxBytes) this.drop()
  }

  header(header: StreamHeader): void {
    this.#write(this.#writer.header(header))
  }

  /** The stream error, if any, and `</stream>` (RFC 6120 §4.4, §4.9.1.1). Once only. */
  end(error: StreamError | undefined): void {
    if (this.#isClosed) return
    this.release()
    this.#write((error ? this.#writer.error(error) : '') + this.#writer.footer())
    this.#isClosed = true
  }

  /** Drops the connection and what waits. */
  drop(): void {
    this.#isClosed = true
    this.#connection.destroy()
  }
}
