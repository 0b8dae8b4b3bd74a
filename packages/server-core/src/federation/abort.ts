/** The part of `AbortSignal` that is used here. */
interface AbortSignalLike {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** `AbortSignal` where the platform's types are known to the compiler, otherwise the part of it that is used. */
export type Signal = typeof globalThis extends { AbortSignal: { prototype: infer Known } } ? Known : AbortSignalLike

export interface Controller {
  readonly signal: Signal
  abort(reason?: unknown): void
}

declare const AbortController: { new (): Controller }

export function createAbortController(): Controller {
  return new AbortController()
}
