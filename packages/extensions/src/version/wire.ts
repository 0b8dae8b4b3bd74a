/** XEP-0092: Software Version, version 1.1. */
import { type Element, el } from '@parlour/xml'

export const VERSION_NAMESPACE = 'jabber:iq:version'

/** XEP-0092 §2. */
export interface SoftwareVersion {
  readonly name: string
  readonly version: string
  /** The operating system: of use to attackers also (XEP-0092 §5). */
  readonly os?: string
}

export function versionRequest(): Element {
  return el('query', VERSION_NAMESPACE)
}

export function versionElement({ name, version, os }: SoftwareVersion): Element {
  const child = (tag: string, text: string) => el(tag, VERSION_NAMESPACE, {}, text)
  return el('query', VERSION_NAMESPACE, {}, child('name', name), child('version', version), os && child('os', os))
}

/** Reads an answer; what is REQUIRED and missing is empty. */
export function readVersion(query: Element): SoftwareVersion {
  const os = query.childText('os')
  return {
    name: query.childText('name') ?? '',
    version: query.childText('version') ?? '',
    ...(os === undefined ? {} : { os }),
  }
}
