/** XEP-0313 §5: what an archive tells of itself. */
import { dateTime, readDateTime } from '@parlour/extensions/date-time'
import { type Element, el } from '@parlour/xml'
import { ARCHIVE_NAMESPACE } from './namespaces.ts'

/** The first or the last message of an archive. */
export interface ArchiveEnd {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/** Where an archive begins and ends. */
export interface ArchiveExtent {
  readonly start: ArchiveEnd
  readonly end: ArchiveEnd
}

export function metadataRequest(): Element {
  return el('metadata', ARCHIVE_NAMESPACE)
}

/** `<metadata/>`; an archive with nothing in it has no extent. */
export function metadataElement(extent?: ArchiveExtent): Element {
  const end = (name: 'start' | 'end') => {
    const { id, at } = (extent as ArchiveExtent)[name]
    return el(name, ARCHIVE_NAMESPACE, { id, timestamp: dateTime(at) })
  }
  return extent ? el('metadata', ARCHIVE_NAMESPACE, {}, end('start'), end('end')) : metadataRequest()
}

export function readMetadata(metadata: Element): ArchiveExtent | undefined {
  const [start, end] = ['start', 'end'].map((name) => {
    const element = metadata.child(name)
    const id = element?.attribute('id')
    const at = readDateTime(element?.attribute('timestamp') ?? '')
    return id && at !== undefined ? { id, at } : undefined
  })
  return start && end ? { start, end } : undefined
}
