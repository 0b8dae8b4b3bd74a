import type { AttemptRank, AttemptSlots } from './attempt-slots.ts'
import type { FederationError } from './federation-error.ts'
import { asFederationError } from './opening.ts'
import type { OutgoingStream } from './outgoing-stream.ts'
import type { ServerNames } from './server-connector.ts'
import type { WaitingParts } from './waiting-stanzas.ts'

/** What a link needs of federation. */
export interface LinkParts extends WaitingParts {
  readonly slots: AttemptSlots
  /** Whose stanza caused the link; none where another server did. */
  readonly account: string | undefined
  open(names: ServerNames): Promise<OutgoingStream>
}

/** Who is told how an attempt goes. */
export interface AttemptOwner {
  readonly names: ServerNames
  connecting(): void
  opened(stream: OutgoingStream): void
  failed(error: FederationError): void
}

/** Opens streams for a link, one at a time, when it is its turn. */
export class LinkAttempt {
  readonly #parts: LinkParts
  readonly #owner: AttemptOwner
  #withdraw: (() => void) | undefined
  #isClosed = false

  constructor(parts: LinkParts, owner: AttemptOwner) {
    this.#parts = parts
    this.#owner = owner
  }

  begin(rank: AttemptRank): void {
    this.#withdraw = this.#parts.slots.acquire(rank, this.#parts.account ?? '', (release) => {
      void this.#connect(release)
    })
  }

  /** Gives up the place in the line. */
  withdraw(): void {
    this.#withdraw?.()
  }

  /** Nobody is told of anything any more. */
  close(): void {
    this.#isClosed = true
    this.withdraw()
  }

  async #connect(release: () => void): Promise<void> {
    const { names } = this.#owner
    this.#owner.connecting()
    try {
      const stream = await this.#parts.open(names).finally(release)
      if (this.#isClosed) stream.close()
      else this.#owner.opened(stream)
    } catch (cause) {
      if (!this.#isClosed) this.#owner.failed(asFederationError(cause, `${names.remote} could not be reached`))
    }
  }
}
