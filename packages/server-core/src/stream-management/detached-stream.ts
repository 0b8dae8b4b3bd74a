import type { ClientStream } from '../stream/kernel-port.ts'

/** The stream of a session that waits to be resumed: it leads nowhere; to close it is to end the session. */
export class DetachedStream implements ClientStream {
  readonly remoteAddress: string
  readonly secure: boolean
  readonly lang = undefined
  readonly bufferedBytes = 0
  readonly #end: () => void
  #isOver = false

  /** @param former the stream that was lost; `undefined` after a restart */
  constructor(former: Pick<ClientStream, 'remoteAddress' | 'secure'> | undefined, end: () => void) {
    this.remoteAddress = former?.remoteAddress ?? ''
    this.secure = former?.secure ?? true
    this.#end = end
  }

  send(): void {}

  close(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#end()
  }

  destroy(): void {
    this.close()
  }
}
