import { StanzaError } from '@parlour/stanza'
import type { StanzaEvent, StanzaHandler, Verdict } from './hooks.ts'

/**
 * Runs stanza handlers in order until one does not pass the stanza on; then calls `next` or `refuse`, or nothing when it was
 * handled. A promise comes back only if something waits: the hot path stays synchronous.
 */
export function passThrough<Event extends StanzaEvent>(
  handlers: readonly StanzaHandler[],
  event: Event,
  next: (event: Event) => void | Promise<void>,
  refuse: (event: Event, error: StanzaError) => void | Promise<void>,
): void | Promise<void> {
  return handlers.length === 0 ? next(event) : run(handlers, 0)

  function run(remaining: readonly StanzaHandler[], from: number): void | Promise<void> {
    for (let at = from; at < remaining.length; at++) {
      const verdict = (remaining[at] as StanzaHandler)(event)
      if (verdict instanceof Promise)
        return verdict.then((settled) => (isPass(settled) ? run(remaining, at + 1) : finish(settled)))
      if (!isPass(verdict)) return finish(verdict)
    }
    return next(event)
  }

  function finish(verdict: Verdict): void | Promise<void> {
    if (verdict instanceof StanzaError) return refuse(event, verdict)
  }
}

const isPass = (verdict: Verdict): boolean => verdict === undefined
