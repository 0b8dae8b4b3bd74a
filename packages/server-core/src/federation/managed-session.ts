import { StreamManagementSender } from '@parlour/stream-management'
import { StreamError } from '@parlour/xml-stream'
import { HandledStanzas } from '../stream-management/handled-stanzas.ts'
import type { FederationContext } from './federation-context.ts'
import type { Outbox } from './outbox.ts'

/** What was sent and not acknowledged: enough to send it again, or to answer it. */
export type SentText = string

/** Where a session lives at the moment. */
export interface SessionHolder {
  /** The session is resumed on another connection: this one is dropped, and what waits on it is not looked at. */
  surrender(): void
  send(text: string): void
}

/** The stream of a whole server: the less often, the cheaper. After the last one of a burst a timer asks. */
const REQUESTS = { everyStanzas: 100, everyBytes: 65_536 }

interface SessionContext extends Pick<FederationContext, 'limits' | 'environment'> {
  readonly kernel: Pick<FederationContext['kernel'], 'outbox'>
}

/** The state of XEP-0198 that outlives a connection. */
export class ManagedSession {
  sender: StreamManagementSender<SentText>
  /** What the peer sent is handled when it is routed, and what it stores durable: sessions of servers are not stored. */
  readonly receiver: HandledStanzas
  /** By which the accepting side finds it again; `undefined`: it cannot be resumed. */
  id: string | undefined
  holder: SessionHolder | undefined
  /** What it held goes another way, so it is not resumed; the peer is still told what was handled (XEP-0198 §5). */
  isForfeit = false

  readonly #outbox: Outbox

  /** Told which stanzas are to blame for the end of the last stream, once that can be known. */
  blamed: ((texts: readonly SentText[]) => void) | undefined

  constructor({ limits, environment, kernel }: SessionContext, id?: string) {
    this.#outbox = kernel.outbox
    const { maxUnacknowledgedStanzas, maxQueuedBytes } = limits
    this.receiver = new HandledStanzas({ environment, send: (text) => this.holder?.send(text), commit: undefined })
    const bounds = { maxUnacknowledgedStanzas, maxUnacknowledgedBytes: maxQueuedBytes }
    this.sender = new StreamManagementSender({ ...bounds, request: REQUESTS })
    this.id = id
  }

  /** The peer has handled so many. @returns what those were, or the error with which the stream ends */
  acknowledge(h: number): readonly SentText[] | StreamError {
    const handled = this.sender.acknowledge(h)
    if (!(handled instanceof StreamError)) this.#outbox.over(handled)
    return handled
  }

  /**
   * The peer has told what it handled before it ended a stream because of something that was said: the first stanza
   * that it did not handle is to blame, and is not sent again.
   */
  countTold(): void {
    const { blamed } = this
    this.blamed = undefined
    const text = blamed && this.sender.withdraw()
    if (text !== undefined) blamed?.([text])
  }

  /** The peer does not tell: any of them may be to blame. */
  countUnknown(): void {
    const { blamed } = this
    this.blamed = undefined
    if (!blamed) return
    blamed(this.sender.unacknowledged())
    this.sender.acknowledge(this.sender.sendCount)
  }

  forfeit(): void {
    this.isForfeit = true
    this.sender = new StreamManagementSender()
  }
}
