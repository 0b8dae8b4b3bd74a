/** XEP-0202: Entity Time, version 2.0. */
import { type Element, el } from '@parlour/xml'
import { dateTime, readDateTime } from '../date-time/wire.ts'

export const TIME_NAMESPACE = 'urn:xmpp:time'

/** XEP-0202 §2. */
export interface EntityTime {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Minutes by which the entity's clocks are ahead of UTC. */
  readonly offset: number
}

export function timeRequest(): Element {
  return el('time', TIME_NAMESPACE)
}

/** XEP-0202 §2: the moment in UTC, the zone as an offset. */
export function timeElement({ at, offset }: EntityTime): Element {
  return el(
    'time',
    TIME_NAMESPACE,
    {},
    el('tzo', TIME_NAMESPACE, {}, zone(offset)),
    el('utc', TIME_NAMESPACE, {}, dateTime(at)),
  )
}

/** Reads an answer; `undefined` when the time is missing or not in the profile of XEP-0082. */
export function readTime(time: Element): EntityTime | undefined {
  const at = readDateTime(time.childText('utc') ?? '')
  const offset = readZone(time.childText('tzo') ?? 'Z')
  return at === undefined || offset === undefined ? undefined : { at, offset }
}

/** XEP-0082 §3.2: `Z` or `(+|-)hh:mm`. */
const ZONE = /^([+-])(\d\d):(\d\d)$/

function zone(offset: number): string {
  const minutes = Math.abs(offset)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

function readZone(text: string): number | undefined {
  if (text === 'Z') return 0
  const [, sign, hours, minutes] = ZONE.exec(text) ?? []
  if (sign === undefined) return undefined
  const offset = Number(hours) * 60 + Number(minutes)
  return sign === '-' && offset > 0 ? -offset : offset
}
