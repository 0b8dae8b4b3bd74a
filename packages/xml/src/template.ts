import { Element, type XmlNode } from './element.ts'
import { escapeAttribute, escapeText } from './escape.ts'
import { parseXml } from './parse.ts'
import { serialize } from './serialize.ts'

/** What may stand in a hole of {@link xml}: text, an element (between tags only), several of them, or nothing. */
export type XmlValue = XmlNode | number | undefined | false | readonly (XmlNode | undefined | false)[]

/**
 * An element written as XML, with values put in and escaped. White space between elements that has a line end is left
 * out, so that the text can be indented.
 *
 * @throws {XmlError} `illegal-character`; `not-well-formed` and others for what is no XML
 * @example xml`<message xmlns='jabber:client' to=${jid}><body>${text}</body></message>`
 */
export function xml(strings: TemplateStringsArray, ...values: XmlValue[]): Element {
  let source = strings[0] as string
  for (let index = 0; index < values.length; index++) {
    source += insertion(source, values[index]) + (strings[index + 1] as string)
  }
  return withoutIndentation(parseXml(source.trim()))
}

/** A tag that is not at its end; what stands between quotes ends none. */
const IN_TAG = /<([^<>'"]|'[^']*'|"[^"]*")*('[^']*|"[^"]*)?$/

function insertion(before: string, value: XmlValue): string {
  // Without CDATA: nothing else begins so.
  if (!IN_TAG.test(before.replace(/<!.*?]]>/gs, ''))) return content(value)
  const text = escapeAttribute(value === undefined || value === false ? '' : String(value))
  return /=\s*$/.test(before) ? `'${text}'` : text
}

function content(value: XmlValue): string {
  if (value === undefined || value === false) return ''
  if (Array.isArray(value)) return value.map(content).join('')
  // No namespace is '\0', so that the inserted element declares its own in any case, also when it has none.
  return value instanceof Element ? serialize(value, '\0') : escapeText(String(value))
}

function withoutIndentation(element: Element): Element {
  if (element.child() === undefined) return element
  const children = element.children
    .filter((child) => typeof child !== 'string' || !/^\s*\n\s*$/.test(child))
    .map((child) => (typeof child === 'string' ? child : withoutIndentation(child)))
  return new Element(element.name, element.namespace, element.attributes, children)
}
