import { type Attributes, Element, type XmlNode } from '@parlour/xml'
import type { LuaTable, LuaValue } from './lua-data.ts'

/** The text that octets are in UTF-8. */
export const textOf = (octets: string): string => Buffer.from(octets, 'latin1').toString('utf8')

export const isTable = (value: LuaValue): value is LuaTable => typeof value === 'object'

export function stringOf(table: LuaTable, key: string): string | undefined {
  const value = table.get(key)
  return typeof value === 'string' ? textOf(value) : undefined
}

/** What stands in the array part. */
function listOf(table: LuaTable): LuaValue[] {
  const values: LuaValue[] = []
  for (let index = 1; table.has(index); index++) values.push(table.get(index))
  return values
}

/**
 * An element as Prosody stores it: `{ name = …, attr = { … }, child, … }`. `namespace` is that of the parent, in force where
 * there is no `xmlns`. `undefined`: it is none.
 */
export function elementOf(value: LuaValue, namespace: string): Element | undefined {
  const name = isTable(value) ? stringOf(value, 'name') : undefined
  if (!isTable(value) || name === undefined || !NAME.test(name)) return undefined
  const attributes = value.get('attr')
  const own = (isTable(attributes) && stringOf(attributes, 'xmlns')) || namespace
  const children = listOf(value).flatMap((child): XmlNode[] => {
    if (typeof child === 'string') return [textOf(child)]
    return [elementOf(child, own)].filter((each) => each !== undefined)
  })
  return new Element(name, own, isTable(attributes) ? attributesOf(attributes) : {}, children)
}

const NAME = /^[^\s<>&'"/=:]+$/
/** Between the namespace and the name of an attribute. */
const SEPARATOR = '\x01'

function attributesOf(table: LuaTable): Attributes {
  const attributes: Record<string, string> = {}
  for (const [key, value] of table) {
    if (typeof key !== 'string' || typeof value !== 'string' || key === 'xmlns' || key.startsWith('xmlns:')) continue
    const [first, second] = textOf(key).split(SEPARATOR)
    const name = second === undefined ? (first as string) : `{${first}}${second}`
    attributes[name] = textOf(value)
  }
  return attributes
}
