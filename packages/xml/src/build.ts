import { AttributeRecord } from './attributes.ts'
import { Element, setAttribute, type XmlNode } from './element.ts'
import { assertXmlText } from './escape.ts'
import { assertName } from './names.ts'

/**
 * Builds an element. Attributes whose value is `undefined` and children that are `undefined` or `false` are left out.
 *
 * @throws {XmlError} `illegal-name`, or `illegal-character` for text that XML cannot carry
 * @example el('message', 'jabber:client', { to: 'romeo@example.net' }, el('body', 'jabber:client', {}, 'Hi'))
 */
export function el(
  name: string,
  namespace: string,
  attributes?: Readonly<Record<string, string | undefined>>,
  ...children: (XmlNode | undefined | false)[]
): Element {
  assertName(name)
  assertXmlText(namespace)
  const record = new AttributeRecord()
  for (const key in attributes) {
    const value = attributes[key]
    if (value !== undefined) setAttribute(record, key, value)
  }
  const nodes: XmlNode[] = []
  for (const child of children) {
    if (child === undefined || child === false || child === '') continue
    if (typeof child === 'string') assertXmlText(child)
    nodes.push(child)
  }
  return new Element(name, namespace, record, nodes)
}
