import type { ModuleHost, OfflineEvent, StanzaEvent } from '@parlour/server-core'
import { Message } from '@parlour/stanza'
import type { ArchiveEntry } from '@parlour/storage'
import { type Element, parseXml, WRITTEN_PARSER_LIMITS } from '@parlour/xml'
import { DELAY_NAMESPACE } from '../delay/wire.ts'
import {
  isCorrectionRetractedBy,
  isRetractedBy,
  mayBeRetractedBy,
  readRetracted,
  readRetraction,
  tombstone,
} from '../message-retraction/wire.ts'
import { MAILBOX_ARCHIVE, type MailboxLimits } from './mailbox.ts'

type Host = ModuleHost<MailboxLimits>

/** Messages that are looked through in one step, and milliseconds until the next. */
const PAGE = 100
const REST = 5
/** Retractions that wait to be carried out; who sends more of them waits. */
const MAX_WAITING = 100

/**
 * Hooks `archive`, and `offline` for what a session has left: of a message that is retracted while it waits for its
 * receiver a tombstone is left, with its place and time (XEP-0424 §4). It was stored before its retraction.
 */
export function retractStored(host: Host): (event: StanzaEvent | OfflineEvent) => undefined | Promise<undefined> {
  const retractions = new StoredRetractions(host)
  return (event) => {
    const { stanza } = event
    if (stanza.kind !== 'message' || !stanza.to || !readRetraction(stanza.element)) return
    const owner = stanza.to.bare.toString()
    event.store([], (failure) => {
      if (failure === undefined) retractions.add(owner, stanza)
    })
    return retractions.room()
  }
}

/** One account after the other: all that was retracted of its messages meanwhile, while they are looked through once. */
class StoredRetractions {
  readonly #host: Host
  readonly #waiting = new Map<string, Message[]>()
  #count = 0
  #isAtWork = false
  readonly #waiters: ((nothing: undefined) => void)[] = []

  constructor(host: Host) {
    this.#host = host
  }

  add(owner: string, request: Message): void {
    const waiting = this.#waiting.get(owner)
    if (waiting) waiting.push(request)
    else this.#waiting.set(owner, [request])
    this.#count++
    if (!this.#isAtWork) void this.#work()
  }

  /** Set while too many wait: resolves when there is room for one more. */
  room(): Promise<undefined> | undefined {
    return this.#count < MAX_WAITING ? undefined : new Promise((resolve) => this.#waiters.push(resolve))
  }

  async #work(): Promise<void> {
    this.#isAtWork = true
    for (const [owner, requests] of this.#waiting) {
      this.#waiting.delete(owner)
      await this.#retract(owner, requests).catch((error: unknown) =>
        this.#host.log.error({ error }, 'a message could not be retracted; it stays stored'),
      )
      this.#count -= requests.length
      for (const resolve of this.#waiters.splice(0, MAX_WAITING - this.#count)) resolve(undefined)
    }
    this.#isAtWork = false
  }

  async #retract(owner: string, requests: readonly Message[]): Promise<void> {
    const { archive } = this.#host
    let after: string | undefined
    for (;;) {
      const { entries, complete } = await archive.read(MAILBOX_ARCHIVE, owner, { after, max: PAGE })
      for (const entry of entries) {
        const left = this.#tombstoneOf(entry, requests)
        if (left) await this.#host.commit([archive.replace(MAILBOX_ARCHIVE, owner, entry.id, left.toString())])
      }
      if (complete) return
      after = entries.at(-1)?.id
      await new Promise<void>((resolve) => this.#host.setTimer(REST, resolve))
    }
  }

  #tombstoneOf({ value }: ArchiveEntry, requests: readonly Message[]): Element | undefined {
    const text = value as string
    const candidates = requests.filter((request) => mayBeRetractedBy(text, request))
    if (candidates.length === 0) return undefined
    const original = parseXml(text, WRITTEN_PARSER_LIMITS)
    const message = new Message(original)
    const request = candidates.find((each) => isRetractedBy(message, each) || isCorrectionRetractedBy(message, each))
    if (!request || readRetracted(original)) return undefined
    const left = tombstone(original, { id: request.id ?? '', stamp: this.#host.now() })
    return left.withChildren([...left.children, ...original.childrenNamed('delay', DELAY_NAMESPACE)])
  }
}
