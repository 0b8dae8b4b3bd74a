import type { LuaTable, LuaValue } from './lua-data.ts'

/** Text as octets, one character each: as strings in {@link LuaValue} are. */
export const octetsOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

/**
 * A value as Prosody's `util.json` writes it: keys that are no strings stand in `__hash`, one after the other with their
 * values, the array part of a table that has other keys too in `__array`.
 *
 * @throws SyntaxError
 */
export const readProsodyJson = (text: string): LuaValue => luaValueOf(JSON.parse(text))

function luaValueOf(json: unknown): LuaValue {
  if (typeof json === 'string') return octetsOf(json)
  if (typeof json === 'boolean' || typeof json === 'number') return json
  if (Array.isArray(json)) return arrayPart(json)
  return json === null || json === undefined ? undefined : tableOf(json as Record<string, unknown>)
}

const arrayPart = (values: readonly unknown[]): Map<number, LuaValue> =>
  new Map(values.map((value, index) => [index + 1, luaValueOf(value)]))

function tableOf({ __array: array, __hash: hash, ...named }: Record<string, unknown>): LuaTable {
  const table = new Map<boolean | number | string, LuaValue>(Array.isArray(array) ? arrayPart(array) : [])
  for (const [key, value] of Object.entries(named)) table.set(octetsOf(key), luaValueOf(value))
  const others = Array.isArray(hash) ? hash : []
  for (let at = 0; at + 1 < others.length; at += 2) {
    const key = luaValueOf(others[at])
    if (typeof key !== 'object' && key !== undefined) table.set(key, luaValueOf(others[at + 1]))
  }
  return table
}
