import { aborted } from './lookup.ts'

interface UnderWay<T> {
  readonly result: Promise<T>
  readonly controller: AbortController
  waiting: number
}

/** Nobody waits for it any more. One for all: an error is dear to make, and most questions have had their answer by then. */
const UNWANTED = new Error('nobody waits for the answer any more')

/** Callers that want the same at the same time share one question; it is given up when nobody waits any more. */
export class JointQuestions<T> {
  readonly #underWay = new Map<string, UnderWay<T>>()

  /** @throws {ResolveError} `aborted` by the signal; else what `ask` rejects with */
  async join(key: string, ask: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (signal?.aborted) throw aborted(signal, key)
    const shared = this.#underWay.get(key) ?? this.#begin(key, ask)
    shared.waiting++
    try {
      return await (signal ? unlessAborted(shared.result, signal, key) : shared.result)
    } finally {
      shared.waiting--
      if (shared.waiting === 0) this.#giveUp(key, shared)
    }
  }

  #begin(key: string, ask: (signal: AbortSignal) => Promise<T>): UnderWay<T> {
    const controller = new AbortController()
    const shared = { result: ask(controller.signal), controller, waiting: 0 }
    this.#underWay.set(key, shared)
    return shared
  }

  #giveUp(key: string, shared: UnderWay<T>): void {
    if (this.#underWay.get(key) === shared) this.#underWay.delete(key)
    shared.controller.abort(UNWANTED)
  }
}

function unlessAborted<T>(result: Promise<T>, signal: AbortSignal, key: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(aborted(signal, key))
    signal.addEventListener('abort', abort, { once: true })
    result.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
