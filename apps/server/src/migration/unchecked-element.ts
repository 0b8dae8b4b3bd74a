import { AttributeRecord, Element, type XmlNode } from '@parlour/xml'

/** As `el` of @parlour/xml, but unchecked: what XML cannot hold is found where it is written, left out there, and told. */
export function el(
  name: string,
  namespace: string,
  attributes: Readonly<Record<string, string | undefined>> = {},
  ...children: readonly (XmlNode | undefined)[]
): Element {
  const known = new AttributeRecord()
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) known[key] = value
  return new Element(
    name,
    namespace,
    known,
    children.filter((child): child is XmlNode => child !== undefined && child !== ''),
  )
}
