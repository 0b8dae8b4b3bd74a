import { type ModuleHost, type StanzaEvent, timeOfArchiveId } from '@parlour/server-core'

/** Messages that are noted before those that are over are left out. */
const SWEEP = 64
/** Milliseconds that a query waits for what is under way in its archive, and until its next look. */
const LONGEST_WAIT = 10_000
const FIRST_PAUSE = 1
const LONGEST_PAUSE = 100
/** Milliseconds after which a message is left out all the same: a module that never answers hides an archive no longer. */
const LONGEST_UNDER_WAY = 300_000

/** A message with its id in the archive of an account. */
interface Identified {
  readonly owner: string
  readonly id: string
  readonly event: StanzaEvent
}

/**
 * Messages that have their ids and are not handed to the storage yet, because something takes its time over them. Others with
 * greater ids overtake them; who reads on from those (XEP-0313 §4.3.2) would never see them, so queries wait for them.
 */
export class UnderWay {
  readonly #host: Pick<ModuleHost, 'now' | 'setTimer'>
  #identified: Identified[] = []
  #sweepAt = SWEEP

  constructor(host: Pick<ModuleHost, 'now' | 'setTimer'>) {
    this.#host = host
  }

  /** A message has got its id. On the hot path: mostly it is over before others are looked at. */
  add(owner: string, id: string, event: StanzaEvent): void {
    if (this.#identified.push({ owner, id, event }) >= this.#sweepAt) this.#sweep()
  }

  /** The id from which on nothing of an account may be read yet; `undefined`: all that has an id can be. */
  bound(owner: string): string | undefined {
    return this.#of(owner)[0]
  }

  /** Waits until all of an account that have an id now can be read, or for so long that whoever asks would give up. */
  async settled(owner: string): Promise<void> {
    const last = this.#of(owner).at(-1)
    if (last === undefined) return
    const since = this.#host.now()
    for (let pause = FIRST_PAUSE; this.#host.now() - since < LONGEST_WAIT; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      await new Promise<void>((resolve) => this.#host.setTimer(pause, resolve))
      const [first] = this.#of(owner)
      if (first === undefined || first > last) return
    }
  }

  /** The ids of an account, in their order. */
  #of(owner: string): string[] {
    this.#sweep()
    return this.#identified.filter((each) => each.owner === owner).map(({ id }) => id)
  }

  #sweep(): void {
    const since = this.#host.now() - LONGEST_UNDER_WAY
    this.#identified = this.#identified.filter(({ id, event }) => !event.isOver && timeOfArchiveId(id) > since)
    this.#sweepAt = 2 * this.#identified.length + SWEEP
  }
}
