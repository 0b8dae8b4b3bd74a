/** XEP-0115: Entity Capabilities, version 1.6.0. */
import { type Element, el } from '@parlour/xml'
import { readDataForm } from '../data-forms/wire.ts'
import type { DiscoInfo } from '../disco/wire.ts'
import { base64, sha1 } from './wire-sha-1.ts'

export const CAPS_NAMESPACE = 'http://jabber.org/protocol/caps'

/** `<c/>` (XEP-0115 §4). */
export interface Capabilities {
  /** The name of the hash function; `sha-1` is mandatory to implement (§9.1). */
  readonly hash: string
  /** A URI that stands for the software. */
  readonly node: string
  /** The verification string. */
  readonly ver: string
}

export function capsElement({ hash, node, ver }: Capabilities): Element {
  return el('c', CAPS_NAMESPACE, { hash, node, ver })
}

/** Reads `<c/>`; `undefined` without `hash`, in the legacy format (XEP-0115 §5.4 step 1). */
export function readCaps(parent: Element): Capabilities | undefined {
  const { hash, node, ver } = parent.child('c', CAPS_NAMESPACE)?.attributes ?? {}
  return hash && node && ver ? { hash, node, ver } : undefined
}

/** The node to ask for by service discovery (XEP-0115 §6.2). */
export function capsNode({ node, ver }: Pick<Capabilities, 'node' | 'ver'>): string {
  return `${node}#${ver}`
}

/** The verification string of an answer to service discovery, with SHA-1 (XEP-0115 §5.1). */
export function verificationString(info: DiscoInfo): string {
  return base64(sha1(verificationInput(info)))
}

/** The string that is hashed (XEP-0115 §5.1, steps 1 to 7). */
export function verificationInput({ identities, features, extensions }: DiscoInfo): string {
  const names = identities
    .map(({ category, type, lang = '', name = '' }) => ({
      key: [category, type, lang],
      text: `${category}/${type}/${lang}/${name}`,
    }))
    .sort((a, b) => compareLists([...a.key, a.text], [...b.key, b.text]))
    .map(({ text }) => text)
  const forms = extensions
    .map((element) => readDataForm(element))
    .flatMap(({ formType, fields }) => (formType === undefined ? [] : [{ formType, fields }]))
    .sort((a, b) => compareOctets(a.formType, b.formType))
    .flatMap(({ formType, fields }) => [formType, ...fieldLines(fields)])
  return [...names, ...[...features].sort(compareOctets), ...forms].map((line) => `${line}<`).join('')
}

/**
 * Whether an answer may be trusted for a verification string (XEP-0115 §5.4): well-formed, and of that hash.
 * Always false for hash functions other than SHA-1.
 */
export function verifiesCaps(info: DiscoInfo, { hash, ver }: Capabilities): boolean {
  return hash === 'sha-1' && isWellFormed(info) && verificationString(info) === ver
}

/** XEP-0115 §5.4 step 3: nothing twice; what could be read in two ways is refused. */
function isWellFormed({ identities, features, extensions }: DiscoInfo): boolean {
  const names = identities.map(({ category, type, lang = '', name = '' }) => [category, type, lang, name].join('/'))
  const formTypes = extensions.map((element) => readDataForm(element).formType).filter((type) => type !== undefined)
  // §9.3: a separator within a value is what poisoning is made of.
  const hasSeparator = [...names, ...features].some((text) => text.includes('<'))
  return !hasSeparator && [names, features, formTypes].every((list) => new Set(list).size === list.length)
}

function fieldLines(fields: readonly { readonly name?: string; readonly values?: readonly string[] }[]): string[] {
  return [...fields]
    .sort((a, b) => compareOctets(a.name ?? '', b.name ?? ''))
    .flatMap(({ name = '', values = [] }) => [name, ...[...values].sort(compareOctets)])
}

function compareLists(a: readonly string[], b: readonly string[]): number {
  for (const [index, text] of a.entries()) {
    const order = compareOctets(text, b[index] ?? '')
    if (order !== 0) return order
  }
  return 0
}

/** The collation `i;octet` (RFC 4790 §9.3): by UTF-8, which is the order of code points. */
function compareOctets(a: string, b: string): number {
  const [left, right] = [[...a], [...b]]
  for (let n = 0; n < left.length && n < right.length; n++) {
    const order = (left[n]?.codePointAt(0) ?? 0) - (right[n]?.codePointAt(0) ?? 0)
    if (order !== 0) return order
  }
  return left.length - right.length
}
