import { isStanzaErrorCondition, STANZAS_ERROR_NAMESPACE } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import type { EnableGrant, EnableRequest, Failure, ResumptionPoint } from './elements.ts'
import { readHandledCount } from './handled-count.ts'
import { SM_NAMESPACE } from './namespaces.ts'

/** An element of Stream Management, read. */
export type StreamManagementElement =
  | ({ readonly kind: 'enable' } & EnableRequest)
  | ({ readonly kind: 'enabled' } & EnableGrant)
  | ({ readonly kind: 'resume' } & ResumptionPoint)
  | ({ readonly kind: 'resumed' } & ResumptionPoint)
  | ({ readonly kind: 'failed' } & Failure)
  /** `<r/>` */
  | { readonly kind: 'request' }
  /** `<a/>` */
  | { readonly kind: 'acknowledgement'; readonly h: number }
  /** In the namespace, but not understood; `name` is the element's. */
  | { readonly kind: 'malformed'; readonly name: string; readonly reason: string }

/**
 * Reads an element of Stream Management (XEP-0198 §13); `undefined` when its namespace is another one. Nothing is
 * thrown. A `max` that is no positive number counts as absent: it is a wish.
 */
export function readStreamManagement(element: Element): StreamManagementElement | undefined {
  if (element.namespace !== SM_NAMESPACE) return undefined
  const { name } = element
  if (!Object.hasOwn(READERS, name)) return malformed(name, 'no element of Stream Management')
  return READERS[name as keyof typeof READERS](element)
}

const READERS = {
  a: (element) => {
    const h = readHandledCount(element.attribute('h'))
    return h === undefined ? malformed('a', NO_COUNT) : { kind: 'acknowledgement', h }
  },
  r: () => ({ kind: 'request' }),
  enable: (element) => {
    const resume = readBoolean(element.attribute('resume'))
    if (resume === undefined) return malformed('enable', "'resume' is no boolean")
    return { kind: 'enable', resume, max: readSeconds(element.attribute('max')) }
  },
  enabled: (element) => {
    const id = element.attribute('id')
    const resume = readBoolean(element.attribute('resume'))
    if (resume === undefined) return malformed('enabled', "'resume' is no boolean")
    // Without an id there is nothing to resume by (XEP-0198 §5).
    return {
      kind: 'enabled',
      id,
      resume: resume && Boolean(id),
      max: readSeconds(element.attribute('max')),
      location: element.attribute('location'),
    }
  },
  resume: (element) => readPoint('resume', element),
  resumed: (element) => readPoint('resumed', element),
  failed: readFailed,
} satisfies Readonly<Record<string, (element: Element) => StreamManagementElement>>

const NO_COUNT = "'h' is missing, or no number from 0 to 4294967295"

function readPoint(kind: 'resume' | 'resumed', element: Element): StreamManagementElement {
  const previd = element.attribute('previd')
  const h = readHandledCount(element.attribute('h'))
  if (previd === undefined || previd === '') return malformed(kind, "'previd' is missing")
  return h === undefined ? malformed(kind, NO_COUNT) : { kind, previd, h }
}

/** A condition that is missing or unknown counts as `undefined-condition` (RFC 6120 §8.3.2). */
function readFailed(element: Element): StreamManagementElement {
  const inside = element.elements().filter((child) => child.namespace === STANZAS_ERROR_NAMESPACE)
  const name = inside.find((child) => child.name !== 'text')?.name ?? ''
  return {
    kind: 'failed',
    condition: isStanzaErrorCondition(name) ? name : 'undefined-condition',
    text: inside.find((child) => child.name === 'text')?.text(),
    h: readHandledCount(element.attribute('h')),
  }
}

/** `xs:boolean`, default false. */
function readBoolean(text: string | undefined): boolean | undefined {
  const value = text?.trim()
  if (value === undefined || value === 'false' || value === '0') return false
  return value === 'true' || value === '1' ? true : undefined
}

/** `xs:positiveInteger`; more than a century is as good as a century. */
function readSeconds(text: string | undefined): number | undefined {
  if (text === undefined || !/^\s*\+?\d+\s*$/.test(text)) return undefined
  const value = Number(text)
  return value > 0 ? Math.min(value, MAX_SECONDS) : undefined
}

const MAX_SECONDS = 100 * 366 * 24 * 60 * 60

function malformed(name: string, reason: string): StreamManagementElement {
  return { kind: 'malformed', name, reason }
}
