import type { Registration as Undo } from '@parlour/server-core'
import type { PushAnswer } from './publisher.ts'
import { afterFailure, afterSuccess, type Registration } from './registration.ts'
import type { PushSummary } from './wire.ts'

/** When notifications are sent, in milliseconds. */
interface PushTimes {
  /** Between two of them to one node, unless it is a call. */
  readonly interval: number
  /** After the first failure; twice as long after each other one. */
  readonly firstRetry: number
  readonly longestRetry: number
  /** A service that takes none for so long is not asked any more. */
  readonly giveUp: number
}

/** What a target needs of the module. */
export interface TargetParts {
  readonly times: PushTimes
  now(): number
  setTimer(ms: number, callback: () => void): Undo
  publish(registration: Registration, summary: PushSummary): Promise<PushAnswer>
  /** What there is to tell now; `undefined`: the device is there, or has nothing to hear of. */
  summary(target: Target): PushSummary | undefined
  /** The registration has changed; `undefined`: it is over. */
  save(target: Target, registration: Registration | undefined): void
}

/**
 * One node of a push service: one notification at a time. What happens meanwhile makes one more, which tells the state of
 * then; a service that fails is tried again, later each time, and in the end given up.
 */
export class Target {
  registration: Registration
  /** Somebody wants to see the account's presence, and the service has not told this device yet. */
  hasRequest = false
  /** Somebody calls this device: told once, for a call does not wait. */
  isCalled = false
  readonly #parts: TargetParts
  #isUnderWay = false
  #isWanted = false
  #isClosed = false
  #lastAt = Number.NEGATIVE_INFINITY
  #undoTimer: Undo | undefined

  constructor(registration: Registration, parts: TargetParts) {
    this.registration = registration
    this.#parts = parts
  }

  /** Whether something is to happen here yet: it cannot be forgotten. */
  get isBusy(): boolean {
    return this.#isUnderWay || this.#undoTimer !== undefined
  }

  /** Something happened that the device does not know. */
  notify(isUrgent: boolean): void {
    if (this.#isClosed) return
    this.#isWanted = true
    if (this.#isUnderWay) return
    const wait = this.#lastAt + this.#parts.times.interval - this.#parts.now()
    const isDue = isUrgent ? !this.registration.failures : !this.#undoTimer && wait <= 0
    if (isDue) this.#publish()
    else if (!this.#undoTimer) this.#later(wait)
  }

  close(): void {
    this.#isClosed = true
    this.#undoTimer?.()
    this.#undoTimer = undefined
  }

  #later(ms: number): void {
    this.#undoTimer = this.#parts.setTimer(ms, () => {
      this.#undoTimer = undefined
      this.#publish()
    })
  }

  #publish(): void {
    this.#undoTimer?.()
    this.#undoTimer = undefined
    this.#isWanted = false
    const summary = this.#parts.summary(this)
    this.isCalled = false
    if (!summary || this.#isClosed) return
    this.#isUnderWay = true
    this.#lastAt = this.#parts.now()
    void this.#parts.publish(this.registration, summary).then((answer) => {
      this.#isUnderWay = false
      if (!this.#isClosed) this.#answered(answer)
    })
  }

  #answered(answer: PushAnswer): void {
    if (answer === 'taken') this.#succeeded()
    else this.#failed(answer === 'gone')
  }

  #failed(isFinal: boolean): void {
    const { times, now } = this.#parts
    const at = now()
    this.registration = afterFailure(this.registration, at)
    const { failures = 1, failingSince = at } = this.registration
    const isOver = isFinal || at - failingSince >= times.giveUp
    this.#parts.save(this, isOver ? undefined : this.registration)
    if (!isOver) this.#later(Math.min(times.firstRetry * 2 ** (failures - 1), times.longestRetry))
  }

  #succeeded(): void {
    if (!this.#isWanted) this.hasRequest = false
    if (this.registration.failures) {
      this.registration = afterSuccess(this.registration)
      this.#parts.save(this, this.registration)
    }
    if (this.#isWanted) this.notify(false)
  }
}
