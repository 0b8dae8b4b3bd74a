import type { Attributes, Element } from '@parlour/xml'
import { DIALBACK_NAMESPACE, FRAMING_NAMESPACE, STREAM_NAMESPACE } from './namespaces.ts'
import { StreamError } from './stream-error.ts'

/** A stream header (RFC 6120 §4.7), or the `<open/>` that stands for it on WebSocket (RFC 7395 §3.4). */
export interface StreamHeader {
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly id?: string | undefined
  /** As written; without one the peer speaks 0.9 (RFC 6120 §4.7.5). See {@link parseVersion}. */
  readonly version?: string | undefined
  readonly lang?: string | undefined
  /** The content namespace (RFC 6120 §4.8.2). */
  readonly namespace: string
  /** The namespace of dialback is declared, which is how support for it is told (XEP-0220 §2.4.1). */
  readonly dialback?: boolean | undefined
}

/** `<major>.<minor>`, to be compared number by number (RFC 6120 §4.7.5). */
export interface StreamVersion {
  readonly major: number
  readonly minor: number
}

const VERSION = /^(\d{1,9})\.(\d{1,9})$/

/**
 * The numbers of a version; a missing one is 0.9 (RFC 6120 §4.7.5). `undefined` when it is none.
 *
 * @example parseVersion('1.0') // { major: 1, minor: 0 }
 */
export function parseVersion(version: string | undefined): StreamVersion | undefined {
  const match = VERSION.exec(version ?? '0.9')
  return match === null ? undefined : { major: Number(match[1]), minor: Number(match[2]) }
}

/** Which of two versions is lower, as `sort` wants it: negative when it is `a`. */
export function compareVersions(a: StreamVersion, b: StreamVersion): number {
  return a.major - b.major || a.minor - b.minor
}

/**
 * Reads the start tag of a stream.
 *
 * @param qualifiedName the name with its prefix
 * @param defaultNamespace the default namespace declared there
 * @param declared the namespaces declared there with a prefix
 * @param contentNamespaces those supported; the first one holds when the header declares none as the default
 * @throws {StreamError} `invalid-namespace` (RFC 6120 §4.9.3.10), `bad-namespace-prefix` (§4.9.3.2), `bad-format`
 */
export function readHeader(
  root: Element,
  qualifiedName: string,
  defaultNamespace: string,
  declared: readonly string[],
  contentNamespaces: readonly string[],
): StreamHeader {
  const dialback = declared.includes(DIALBACK_NAMESPACE)
  if (root.namespace !== STREAM_NAMESPACE) throw new StreamError('invalid-namespace', 'not the stream namespace')
  if (root.name !== 'stream') throw new StreamError('bad-format', 'a stream begins with <stream/>')
  if (qualifiedName === 'stream') return headerOf(root.attributes, contentNamespaces[0] as string, dialback)
  if (qualifiedName !== 'stream:stream') {
    throw new StreamError('bad-namespace-prefix', "the prefix of the stream namespace is 'stream'")
  }
  if (!contentNamespaces.includes(defaultNamespace)) {
    throw new StreamError('invalid-namespace', 'not a supported content namespace')
  }
  return headerOf(root.attributes, defaultNamespace, dialback)
}

/** The header that an `<open/>` stands for (RFC 7395 §3.4). */
export function readOpen(element: Element, contentNamespace: string): StreamHeader {
  if (element.namespace !== FRAMING_NAMESPACE) throw new StreamError('invalid-namespace', 'not the framing namespace')
  if (element.name !== 'open') throw new StreamError('bad-format', 'a stream begins with <open/>')
  return headerOf(element.attributes, contentNamespace, false)
}

function headerOf(attributes: Attributes, namespace: string, dialback: boolean): StreamHeader {
  const { from, to, id, version } = attributes
  return { from, to, id, version, lang: attributes['xml:lang'], namespace, ...(dialback && { dialback }) }
}
