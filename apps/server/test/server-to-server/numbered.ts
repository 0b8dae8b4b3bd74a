import type { RawClient } from '../support/raw-client.ts'

const BODY = /<body>(\d+)<\/body>/g

/** One end of a conversation in numbers: sends as many as may be under way, and looks at each that comes. */
export class NumberedEnd {
  received = 0
  sent = 0
  /** What was wrong, the first few. */
  readonly faults: string[] = []
  readonly #client: RawClient
  readonly #peer: string
  #rest = ''

  constructor(client: RawClient, peer: string) {
    this.#client = client
    this.#peer = peer
    client.socket.removeAllListeners('data')
    client.socket.on('data', (text: string) => this.#read(text))
  }

  /** Sends further ones up to number `last`. */
  sendUpTo(last: number): void {
    let text = ''
    for (; this.sent < last; this.sent++)
      text += `<message to='${this.#peer}' type='chat'><body>${this.sent}</body></message>`
    if (text) this.#client.write(text)
  }

  get isBroken(): boolean {
    return this.faults.length > 0 || this.#client.closed
  }

  #read(text: string): void {
    const all = this.#rest + text
    if (all.includes("type='error'")) this.#fault(`an error: ${all.slice(0, 500)}`)
    let end = 0
    for (const match of all.matchAll(BODY)) {
      end = match.index + match[0].length
      const number = Number(match[1])
      if (number !== this.received) this.#fault(`${number} came when ${this.received} was next`)
      this.received++
    }
    this.#rest = all.slice(Math.max(end, all.length - 4096))
  }

  #fault(text: string): void {
    if (this.faults.length < 5) this.faults.push(text)
  }
}
