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
  from = 0,
): void | Promise<void> {
  for (let at = from; at < handlers.length; at++) {
    const verdict = (handlers[at] as StanzaHandler)(event)
    if (verdict === undefined) continue
    if (!(verdict instanceof Promise)) return finish(event, verdict, refuse)
    return passOn(verdict, handlers, event, next, refuse, at + 1)
  }
  return next(event)
}

/** By itself: what a function in {@link passThrough} saw would be allocated for every stanza. */
function passOn<Event extends StanzaEvent>(
  verdict: Promise<Verdict>,
  handlers: readonly StanzaHandler[],
  event: Event,
  next: (event: Event) => void | Promise<void>,
  refuse: (event: Event, error: StanzaError) => void | Promise<void>,
  from: number,
): Promise<void> {
  return verdict.then((settled) =>
    settled === undefined ? passThrough(handlers, event, next, refuse, from) : finish(event, settled, refuse),
  )
}

function finish<Event extends StanzaEvent>(
  event: Event,
  verdict: Verdict,
  refuse: (event: Event, error: StanzaError) => void | Promise<void>,
): void | Promise<void> {
  if (verdict instanceof StanzaError) return refuse(event, verdict)
}
