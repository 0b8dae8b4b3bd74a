/** XEP-0428: Fallback Indication, version 0.2.1. */
import { type Element, el } from '@parlour/xml'

export const FALLBACK_NAMESPACE = 'urn:xmpp:fallback:0'

/** Which characters of a text are there for others only; counted in code points, `end` is behind the last (XEP-0426). */
export interface FallbackRange {
  readonly start: number
  readonly end: number
}

/** What of a message is for those who do not know a specification (XEP-0428 §2.2). */
export interface Fallback {
  /** The namespace of that specification. */
  readonly for: string
  /** Parts of the body; `'whole'`: all of it. */
  readonly body: 'whole' | readonly FallbackRange[]
}

/** `<fallback/>`; without ranges: body and subject are there for others only, all of them. */
export function fallbackElement(namespace: string, ranges: readonly FallbackRange[] = []): Element {
  const parts = ranges.map(({ start, end }) => el('body', FALLBACK_NAMESPACE, { start: `${start}`, end: `${end}` }))
  return el('fallback', FALLBACK_NAMESPACE, { for: namespace }, ...parts)
}

/** What a message says about its fallback for `namespace`; `undefined`: nothing. */
export function readFallback(message: Element, namespace: string): Fallback | undefined {
  const element = message
    .childrenNamed('fallback', FALLBACK_NAMESPACE)
    .find((each) => each.attribute('for') === namespace)
  if (!element) return undefined
  const bodies = element.childrenNamed('body')
  const isWhole = element.elements().length === 0 || bodies.some(isUnbounded)
  return { for: namespace, body: isWhole ? 'whole' : bodies.flatMap((each) => readRange(each) ?? []) }
}

/** The body without what is there for those who do not know `namespace`; `undefined` when nothing is left, or was there. */
export function bodyWithoutFallback(message: Element, namespace: string): string | undefined {
  const text = message.childText('body')
  const ranges = readFallback(message, namespace)?.body
  if (text === undefined || !ranges) return text
  if (ranges === 'whole') return undefined
  const kept = [...text].filter((_, at) => !ranges.some(({ start, end }) => at >= start && at < end))
  return kept.length === 0 ? undefined : kept.join('')
}

const NUMBER = /^\d{1,9}$/

/** "If start and end attribute are not supplied, the whole …" (XEP-0428 §2.2). */
function isUnbounded(element: Element): boolean {
  return element.attribute('start') === undefined && element.attribute('end') === undefined
}

function readRange(element: Element): FallbackRange | undefined {
  const [start = '', end = ''] = [element.attribute('start'), element.attribute('end')]
  if (!NUMBER.test(start) || !NUMBER.test(end)) return undefined
  return Number(start) <= Number(end) ? { start: Number(start), end: Number(end) } : undefined
}
