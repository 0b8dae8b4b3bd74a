/** XEP-0012: Last Activity, version 2.0. */
import { type Element, el } from '@parlour/xml'

export const LAST_ACTIVITY_NAMESPACE = 'jabber:iq:last'

/** XEP-0012 §2: what it means depends on who answers: an account, a client or a server. */
export interface LastActivity {
  /** Whole seconds. */
  readonly seconds: number
  /** For an account: the status of its last unavailable presence. */
  readonly status?: string
}

export function lastActivityRequest(): Element {
  return el('query', LAST_ACTIVITY_NAMESPACE)
}

export function lastActivityElement({ seconds, status }: LastActivity): Element {
  return el('query', LAST_ACTIVITY_NAMESPACE, { seconds: String(seconds) }, status)
}

/** Reads an answer; `undefined` when it has no valid `seconds`, which are REQUIRED. */
export function readLastActivity(query: Element): LastActivity | undefined {
  const seconds = query.attribute('seconds') ?? ''
  if (!/^\d{1,15}$/.test(seconds)) return undefined
  const status = query.text()
  return { seconds: Number(seconds), ...(status === '' ? {} : { status }) }
}
