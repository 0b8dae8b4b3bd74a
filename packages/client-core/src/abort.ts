import type { AbortSignalLike } from './stream/index.ts'

/** `AbortSignal` where the platform's types are known to the compiler, otherwise the part of it that is used. */
export type Signal = typeof globalThis extends { AbortSignal: { prototype: infer Known } } ? Known : AbortSignalLike

interface Controller {
  readonly signal: Signal
  abort(reason?: unknown): void
}

declare const AbortController: { new (): Controller }

/** @internal */
export function createAbortController(): Controller {
  return new AbortController()
}
