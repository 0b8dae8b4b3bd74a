import { STANZAS_ERROR_NAMESPACE, type StanzaErrorCondition } from '@parlour/stanza'
import { type Element, el } from '@parlour/xml'
import { SM_NAMESPACE } from './namespaces.ts'

/** The longest id of a session, in octets of UTF-8 (XEP-0198 §5: "SHOULD NOT be longer than 4000 bytes"). */
export const MAX_SESSION_ID_OCTETS = 4000

/** What an initiating entity asks for with `<enable/>` (XEP-0198 §3). */
export interface EnableRequest {
  /** It wants to be able to resume the stream. */
  readonly resume: boolean
  /** Seconds that it would like to have for that, 1 or more. */
  readonly max?: number | undefined
}

/** What an accepting entity grants with `<enabled/>` (XEP-0198 §3). */
export interface EnableGrant {
  /** The id of the session; always there when it can be resumed. */
  readonly id?: string | undefined
  /** The stream can be resumed. */
  readonly resume: boolean
  /** Seconds within which it can, 1 or more. */
  readonly max?: number | undefined
  /** Where to connect for that, see {@link parseLocation}. */
  readonly location?: string | undefined
}

/** The former session in `<resume/>` and `<resumed/>`, and what whoever says it has handled (XEP-0198 §5). */
export interface ResumptionPoint {
  /** The id of the former session. */
  readonly previd: string
  /** Stanzas handled, modulo 2^32. */
  readonly h: number
}

/** Why `<enable/>` or `<resume/>` failed (XEP-0198 §5, §6). */
export interface Failure {
  readonly condition: StanzaErrorCondition
  readonly text?: string | undefined
  /** Of a session that is lost: stanzas that were handled before, modulo 2^32. */
  readonly h?: number | undefined
}

/** The stream feature, and what inlining in SASL2 lists (XEP-0198 §2, §9.2). */
export const SM_FEATURE: Element = el('sm', SM_NAMESPACE)

/** Whether `<stream:features/>` offers Stream Management. */
export function offersStreamManagement(features: Element | undefined): boolean {
  return features?.child('sm', SM_NAMESPACE) !== undefined
}

/** Requests an acknowledgement: `<r/>` (XEP-0198 §4). */
export const REQUEST: Element = el('r', SM_NAMESPACE)

/** {@link REQUEST} as text, for writing behind a stanza. */
export const REQUEST_TEXT: string = REQUEST.toString()

/** `<a h='…'/>` (XEP-0198 §4). */
export function acknowledgement(h: number): Element {
  return el('a', SM_NAMESPACE, { h: String(h) })
}

/** {@link acknowledgement} as text. */
export function acknowledgementText(h: number): string {
  return `<a xmlns='${SM_NAMESPACE}' h='${h}'/>`
}

/** `<enable/>` (XEP-0198 §3). */
export function enable(request: EnableRequest): Element {
  return el('enable', SM_NAMESPACE, { resume: request.resume ? 'true' : undefined, max: seconds(request.max) })
}

/**
 * `<enabled/>` (XEP-0198 §3).
 * @throws {RangeError} when it can be resumed but has no id, or the id is longer than {@link MAX_SESSION_ID_OCTETS}
 */
export function enabled(grant: EnableGrant): Element {
  const { id, resume, max, location } = grant
  if (resume && !id) throw new RangeError('a stream that can be resumed needs an id')
  if (id !== undefined && new TextEncoder().encode(id).length > MAX_SESSION_ID_OCTETS) {
    throw new RangeError(`the id of a session is longer than ${MAX_SESSION_ID_OCTETS} octets`)
  }
  return el('enabled', SM_NAMESPACE, { id, location, max: seconds(max), resume: resume ? 'true' : undefined })
}

/** `<resume/>` (XEP-0198 §5). */
export function resume(point: ResumptionPoint): Element {
  return el('resume', SM_NAMESPACE, { h: String(point.h), previd: point.previd })
}

/** `<resumed/>` (XEP-0198 §5). */
export function resumed(point: ResumptionPoint): Element {
  return el('resumed', SM_NAMESPACE, { h: String(point.h), previd: point.previd })
}

/** `<failed/>` (XEP-0198 §6). */
export function failed(failure: Failure): Element {
  const { condition, text, h } = failure
  return el(
    'failed',
    SM_NAMESPACE,
    { h: h === undefined ? undefined : String(h) },
    el(condition, STANZAS_ERROR_NAMESPACE),
    text !== undefined && el('text', STANZAS_ERROR_NAMESPACE, { 'xml:lang': 'en' }, text),
  )
}

function seconds(max: number | undefined): string | undefined {
  return max === undefined ? undefined : String(Math.max(1, Math.floor(max)))
}
