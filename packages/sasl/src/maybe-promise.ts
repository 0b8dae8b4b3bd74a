/** A value, or the promise of one. Whatever returns this returns the bare value when nothing had to wait. */
export type MaybePromise<T> = T | Promise<T>

/** Any thenable counts: a port's promise may come from another realm or library. */
const isPromise = <T>(value: MaybePromise<T>): value is Promise<T> =>
  value instanceof Promise || typeof (value as { then?: unknown } | undefined)?.then === 'function'

/** Goes on with `use` at once when `value` is there already, and as soon as it is when it is promised. */
export function andThen<T, U>(value: MaybePromise<T>, use: (value: T) => MaybePromise<U>): MaybePromise<U> {
  return isPromise(value) ? value.then(use) : use(value)
}

/** Runs `work`; what it throws, now or later, is handed to `recover`. */
export function rescue<T>(work: () => MaybePromise<T>, recover: (error: unknown) => T): MaybePromise<T> {
  try {
    const value = work()
    return isPromise(value) ? value.then(undefined, recover) : value
  } catch (error) {
    return recover(error)
  }
}
