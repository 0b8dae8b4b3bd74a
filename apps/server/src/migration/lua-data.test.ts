import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LuaDataError, type LuaValue, readLuaFile, readLuaList } from './lua-data.ts'

const read = (text: string) => readLuaFile(Buffer.from(text, 'latin1'))
const plain = (value: LuaValue): unknown =>
  value instanceof Map ? Object.fromEntries([...value].map(([key, each]) => [String(key), plain(each)])) : value

describe('a file of Prosody', () => {
  test('is a table of constants, in any of its notations', () => {
    const text = `return {
	[false] = { ["version"] = 2; };
	["a b"] = "\\195\\164\\n\\"x\\" 'y'";
	name = 'v', 1.5; -3; 0x10; 1e3; true; nil; {};
};\n`
    expect(plain(read(text))).toEqual({
      false: { version: 2 },
      'a b': '\xc3\xa4\n"x" \'y\'',
      name: 'v',
      ...{ 1: 1.5, 2: -3, 3: 16, 4: 1000, 5: true, 6: undefined, 7: {} },
    })
  })

  test('a list is read an item at a time, as far as it is whole', () => {
    const octets = Buffer.from('item({ 1; });\nitem("b")\nitem({ "half', 'latin1')
    const found: unknown[] = []
    const readAll = () => {
      for (const item of readLuaList(octets)) found.push(plain(item))
    }
    expect(readAll).toThrow(LuaDataError)
    expect(found).toEqual([{ 1: 1 }, 'b'])
  })
})

describe('what is no data is refused, and never run', () => {
  test.each([
    ['a call', 'return os.execute("touch /tmp/x")'],
    ['a call in a table', 'return { f() }'],
    ['a variable', 'return { a = b }'],
    ['a function', 'return function() end'],
    ['an operator', 'return 1 + 1'],
    ['a concatenation', 'return "a" .. "b"'],
    ['a division', 'return (1/0)'],
    ['a long string', 'return [[a]]'],
    ['a comment', 'return --[[ a ]] 1'],
    ['more than a value', 'return 1; return 2'],
    ['a string without end', 'return "a'],
    ['a line end in a string', 'return "a\nb"'],
    ['an octet beyond 255', 'return "\\256"'],
    ['an escape that is none', 'return "\\q"'],
    ['a table without end', 'return { 1'],
    ['a table as a key', 'return { [{}] = 1 }'],
    ['nothing', ''],
    ['bytecode', '\x1bLua'],
  ])('%s', (_, text) => {
    expect(() => read(text)).toThrow(LuaDataError)
  })

  test('tables nested without end', () => {
    expect(() => read(`return ${'{'.repeat(100_000)}`)).toThrow('nested too deeply')
  })
})

/** As Prosody writes it (util.serialization). */
function written(value: unknown): string {
  if (typeof value === 'string') {
    const escaped = Buffer.from(value, 'latin1').toString('latin1')
    return `"${escaped.replace(/[^ !#-&(-[\]-~]/g, (c) => `\\${String(c.charCodeAt(0)).padStart(3, '0')}`)}"`
  }
  if (typeof value !== 'object' || value === null) return String(value ?? 'nil')
  return `{\n${Object.entries(value)
    .map(([key, each]) => `\t[${written(key)}] = ${written(each)};\n`)
    .join('')}}`
}

const octets = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('latin1'))

test('what was written is read, whatever the octets', () => {
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.oneof(octets, fc.integer(), fc.boolean()),
      fc.dictionary(octets, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
    ),
  }))
  fc.assert(
    fc.property(tree, (value) => {
      expect(plain(read(`return ${written(value)};\n`))).toEqual(value)
    }),
  )
})

test('whatever comes, it is read or refused', () => {
  const pieces = fc.array(
    fc.constantFrom('return', 'item(', ')', '{', '}', '[', ']', '=', '"', '\\', '1', 'a', ';', ' ', '\xff'),
  )
  fc.assert(
    fc.property(pieces, (all) => {
      try {
        read(all.join(''))
      } catch (error) {
        expect(error).toBeInstanceOf(LuaDataError)
      }
    }),
    { numRuns: 1000 },
  )
})
