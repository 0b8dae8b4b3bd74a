/** A set of callbacks. One that throws does not keep the others from hearing, and its error is not swallowed. */
export class Listeners<Value> {
  readonly #callbacks = new Set<(value: Value) => void>()

  /** @returns takes the callback out again */
  add(callback: (value: Value) => void): () => void {
    const own = (value: Value) => callback(value)
    this.#callbacks.add(own)
    return () => void this.#callbacks.delete(own)
  }

  emit(value: Value): void {
    for (const callback of this.#callbacks) {
      try {
        callback(value)
      } catch (error) {
        report(error)
      }
    }
  }

  get size(): number {
    return this.#callbacks.size
  }
}

/** As an event target does: the platform hears of it as of any uncaught error. */
function report(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}

declare const queueMicrotask: (callback: () => void) => void
