/** A value, or the promise of one: bare when nothing had to wait. */
export type MaybePromise<Value> = Value | Promise<Value>

/** Goes on with `use` at once when the value is there already. */
export function andThen<Value, Result>(
  value: MaybePromise<Value>,
  use: (value: Value) => MaybePromise<Result>,
): MaybePromise<Result> {
  return value instanceof Promise ? value.then(use) : use(value)
}
