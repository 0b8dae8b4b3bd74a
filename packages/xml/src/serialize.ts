import type { Attributes } from './attributes.ts'
import { escapeAttribute, escapeText } from './escape.ts'
import { XML_NAMESPACE } from './scope.ts'

/** Prefixes that the reader already knows, by namespace: those declared on the stream header. */
export type Prefixes = Readonly<Record<string, string>>

/** The text of what several elements have in common, made once (an element sent to many receivers). */
export interface SharedContent {
  /** Of the children. */
  text: string | undefined
  prefixes: Prefixes | undefined
  /** Those whose text, without prefixes that are known, is {@link attributesText}. */
  attributes: Attributes | undefined
  attributesText: string
  /** Of an element that has the first of these children, and no others. */
  readonly first: SharedContent | undefined
  /** How many those are. */
  readonly firstLength: number
}

/** @param first see {@link SharedContent.first} */
export function sharedContent(first?: SharedContent, firstLength = 0): SharedContent {
  return { text: undefined, prefixes: undefined, attributes: undefined, attributesText: '', first, firstLength }
}

/** What the serializer needs to know of an element. */
export interface Serializable {
  readonly name: string
  readonly namespace: string
  readonly attributes: Attributes
  readonly children: readonly (Serializable | string)[]
  sharedContent(): SharedContent | undefined
}

/**
 * Writes an element as XML. `xmlns` is left out where it is that of the parent.
 *
 * @param parentNamespace the default namespace where the text will stand; default none
 * @param prefixes namespaces whose prefix is declared there, such as `{ 'http://etherx.jabber.org/streams': 'stream' }`
 * @throws {XmlError} `illegal-character`
 * @example serialize(el('message', 'jabber:client'), 'jabber:client') // '<message/>'
 */
export function serialize(element: Serializable, parentNamespace = '', prefixes?: Prefixes): string {
  const { name, namespace } = element
  const prefix = namespace === parentNamespace ? undefined : prefixOf(namespace, prefixes)
  const tag = prefix === undefined ? name : `${prefix}:${name}`
  let start = `<${tag}`
  if (prefix === undefined && namespace !== parentNamespace) start += ` xmlns='${escapeAttribute(namespace)}'`
  start += prefixes === undefined ? sharedAttributesText(element) : attributesText(element.attributes, prefixes)
  if (element.children.length === 0) return `${start}/>`
  return `${start}>${contentText(element, prefix === undefined ? namespace : parentNamespace, prefixes)}</${tag}>`
}

/** The namespace of `xml` is bound to that prefix for ever and may not be declared as the default (Namespaces in XML 1.0 §3). */
function prefixOf(namespace: string, prefixes: Prefixes | undefined): string | undefined {
  if (namespace === XML_NAMESPACE) return 'xml'
  const prefix: unknown = prefixes?.[namespace]
  // A namespace may be called what every object has, such as 'constructor'.
  return typeof prefix === 'string' ? prefix : undefined
}

/** An element that differs from another by a child has the same attributes, and is mostly written soon after it. */
function sharedAttributesText(element: Serializable): string {
  const { attributes } = element
  const shared = element.sharedContent()
  if (shared === undefined) return attributesText(attributes, undefined)
  if (shared.attributes === attributes) return shared.attributesText
  shared.attributesText =
    shared.first?.attributes === attributes ? shared.first.attributesText : attributesText(attributes, undefined)
  shared.attributes = attributes
  return shared.attributesText
}

function attributesText(attributes: Attributes, prefixes: Prefixes | undefined): string {
  let text = ''
  for (const key in attributes) {
    if (key.charCodeAt(0) === 0x7b) return text + foreignAttributesText(attributes, key, prefixes)
    text += ` ${key}='${escapeAttribute(attributes[key] as string)}'`
  }
  return text
}

/** The rest of the attributes, from the first one in a namespace on; each namespace gets a prefix declared here. */
function foreignAttributesText(attributes: Attributes, from: string, prefixes: Prefixes | undefined): string {
  const keys = Object.keys(attributes)
  const taken = new Set(prefixes === undefined ? [] : Object.values(prefixes))
  const declared = new Map<string, string>(prefixes === undefined ? [] : Object.entries(prefixes))
  let text = ''
  for (const key of keys.slice(keys.indexOf(from))) {
    let name = key
    if (key.startsWith('{')) {
      const end = key.lastIndexOf('}')
      const namespace = key.slice(1, end)
      let prefix = declared.get(namespace)
      if (prefix === undefined) {
        prefix = freePrefix(taken)
        declared.set(namespace, prefix)
        text += ` xmlns:${prefix}='${escapeAttribute(namespace)}'`
      }
      name = `${prefix}:${key.slice(end + 1)}`
    }
    text += ` ${name}='${escapeAttribute(attributes[key] as string)}'`
  }
  return text
}

function freePrefix(taken: Set<string>): string {
  let number = 0
  while (taken.has(`ns${number}`)) number++
  taken.add(`ns${number}`)
  return `ns${number}`
}

function contentText(element: Serializable, defaultNamespace: string, prefixes: Prefixes | undefined): string {
  const shared = element.sharedContent()
  if (shared === undefined || defaultNamespace !== element.namespace) {
    return childrenText(element.children, defaultNamespace, prefixes)
  }
  return sharedText(shared, element.children, element.children.length, defaultNamespace, prefixes)
}

function sharedText(
  shared: SharedContent,
  children: Serializable['children'],
  length: number,
  namespace: string,
  prefixes: Prefixes | undefined,
): string {
  if (shared.text === undefined || shared.prefixes !== prefixes) {
    const { first, firstLength } = shared
    const begin = first === undefined ? '' : sharedText(first, children, firstLength, namespace, prefixes)
    shared.text = begin + childrenText(children, namespace, prefixes, firstLength, length)
    shared.prefixes = prefixes
  }
  return shared.text
}

function childrenText(
  children: Serializable['children'],
  namespace: string,
  prefixes: Prefixes | undefined,
  from = 0,
  to = children.length,
): string {
  let text = ''
  for (let index = from; index < to; index++) {
    const child = children[index] as Serializable | string
    text += typeof child === 'string' ? escapeText(child) : serialize(child, namespace, prefixes)
  }
  return text
}
