import { type DialbackOutcome, dialbackError } from '@parlour/dialback'
import { AttemptSlots } from './attempt-slots.ts'
import type { FederationContext } from './federation-context.ts'
import { FederationError } from './federation-error.ts'
import { noAnswer, type OutgoingStream } from './outgoing-stream.ts'
import type { ServerNames } from './server-connector.ts'
import type { StanzaExchange } from './stanza-exchange.ts'

/** A key to ask about. */
export interface VerificationRequest extends ServerNames {
  /** The id of the stream on which the key came. */
  readonly id: string
  readonly key: string
  /** From where the stream with the key came. */
  readonly address: string
}

/** What the verifier needs of federation. */
export interface VerifierParts {
  readonly context: FederationContext
  /** An established outgoing stream of this pair. */
  established(names: ServerNames): OutgoingStream | undefined
  open(names: ServerNames): Promise<OutgoingStream>
}

/** The part of all attempts that strangers may cause. */
const SHARE = 0.25
/** The part of the verifications at once that streams from one address may cause. */
const ADDRESS_SHARE = 0.2
/** Verifications that wait for a slot of one address. */
const MAX_WAITING = 200
/** Milliseconds for which a failure to reach an authoritative server is remembered. */
const FAILURE_MEMORY = 5_000
/** Milliseconds for an answer on a stream that stood already. */
const STANDING_PATIENCE = 5_000
/** Milliseconds that a stream for verification stays open for the next one. */
const LINGER = 5_000

/**
 * Asks authoritative servers about keys (XEP-0220 §2.1.2). Strangers make it connect, so it connects once at a time for
 * each pair of domains, to few at once, and not again at once where it failed.
 */
export class Verifier {
  readonly #parts: VerifierParts
  readonly #slots: AttemptSlots
  readonly #slotsByAddress = new Map<string, { readonly slots: AttemptSlots; users: number }>()
  readonly #max: number
  readonly #streams = new Map<string, Promise<OutgoingStream>>()
  readonly #failures = new Map<string, FederationError>()

  constructor(parts: VerifierParts) {
    this.#parts = parts
    const { limits, environment } = parts.context
    this.#max = Math.max(1, Math.ceil(limits.maxAttempts * SHARE))
    this.#slots = new AttemptSlots(this.#max, environment)
  }

  /** Never rejects. @param besides never over this exchange's connection (XEP-0288 §2.2) */
  async verify(
    { local, remote, id, key, address }: VerificationRequest,
    besides?: StanzaExchange,
  ): Promise<DialbackOutcome> {
    const names = { local, remote }
    const standing = this.#parts.established(names)
    const usable = standing && standing.exchange !== besides ? standing : undefined
    // What stands may be dead without knowing it yet.
    const answer = usable && (await this.#inTime(usable.verify(id, key), STANDING_PATIENCE))
    if (answer) return answer
    const first = await this.#ask(names, address, id, key)
    const outcome = first ?? (await this.#ask(names, address, id, key, true))
    return outcome ?? noAnswer('the authoritative server ended the stream without an answer')
  }

  /** `undefined`: the connection broke; another one may be well. @param again in spite of that failure */
  async #ask(
    names: ServerNames,
    address: string,
    id: string,
    key: string,
    again = false,
  ): Promise<DialbackOutcome | undefined> {
    const failure = again ? undefined : this.#failures.get(pairOf(names))
    if (failure) return outcomeOf(failure)
    try {
      const stream = await this.#stream(names, address)
      return await stream.verify(id, key)
    } catch (error) {
      return error instanceof FederationError && error.code === 'connection-lost' ? undefined : outcomeOf(error)
    }
  }

  #inTime<Value>(answer: Promise<Value>, milliseconds: number): Promise<Value | undefined> {
    return new Promise((resolve) => {
      const cancel = this.#parts.context.environment.setTimer(milliseconds, () => resolve(undefined))
      void answer.then((value) => {
        cancel()
        resolve(value)
      })
    })
  }

  #stream(names: ServerNames, address: string): Promise<OutgoingStream> {
    const pair = pairOf(names)
    const known = this.#streams.get(pair)
    if (known) return known
    if ((this.#slotsByAddress.get(address)?.slots.waiting ?? 0) >= MAX_WAITING)
      return Promise.reject(new FederationError('too-many-links', 'too many verifications wait'))
    const opening = this.#open(names, address)
    this.#streams.set(pair, opening)
    opening.then(
      (stream) => this.#linger(pair, stream),
      (error: unknown) => this.#failed(pair, error),
    )
    return opening
  }

  #open(names: ServerNames, address: string): Promise<OutgoingStream> {
    const { slots, leave } = this.#slotsOf(address)
    return new Promise<OutgoingStream>((resolve, reject) => {
      slots.acquire('known', '', (releaseOfAddress) => {
        this.#slots.acquire('known', address, (release) => {
          const done = () => {
            release()
            releaseOfAddress()
            leave()
          }
          this.#parts.open(names).finally(done).then(resolve, reject)
        })
      })
    })
  }

  #slotsOf(address: string): { readonly slots: AttemptSlots; leave(): void } {
    const { environment } = this.#parts.context
    const max = Math.max(1, Math.ceil(this.#max * ADDRESS_SHARE))
    const entry = this.#slotsByAddress.get(address) ?? { slots: new AttemptSlots(max, environment), users: 0 }
    this.#slotsByAddress.set(address, entry)
    entry.users++
    const leave = () => {
      entry.users--
      if (entry.users === 0) this.#slotsByAddress.delete(address)
    }
    return { slots: entry.slots, leave }
  }

  #linger(pair: string, stream: OutgoingStream): void {
    const { environment } = this.#parts.context
    const cancel = environment.setTimer(LINGER, () => {
      if (stream.pendingVerifications > 0) return this.#linger(pair, stream)
      this.#streams.delete(pair)
      stream.close()
    })
    stream.onEnd(() => {
      cancel()
      this.#streams.delete(pair)
    })
  }

  #failed(pair: string, error: unknown): void {
    this.#streams.delete(pair)
    if (!(error instanceof FederationError)) return
    this.#failures.set(pair, error)
    this.#parts.context.environment.setTimer(FAILURE_MEMORY, () => this.#failures.delete(pair))
  }
}

const pairOf = ({ local, remote }: ServerNames): string => `${local} ${remote}`

/** XEP-0220 §2.5, "Dialback error conditions". */
function outcomeOf(error: unknown): DialbackOutcome {
  if (!(error instanceof FederationError)) return noAnswer('the authoritative server could not be asked')
  const isUnknown = error.code === 'not-found' || error.code === 'not-offered'
  return isUnknown ? dialbackError('authoritative-not-found', error.message) : noAnswer(error.message)
}
