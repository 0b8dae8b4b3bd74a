import { expect, test } from 'vitest'
import { errorClasses } from './errors.ts'

test('codes come from the table of codes', () => {
  const text = `export const A_ERROR_CODES = {\n  'not-found': 'it isn\\'t there',\n  closed:\n    "it's over",\n} as const\nexport class AError extends Error {\n  readonly code: X\n}`
  expect(errorClasses('a.ts', text)).toEqual([
    {
      name: 'AError',
      source: 'a.ts',
      codes: [
        ['not-found', "it isn't there"],
        ['closed', "it's over"],
      ],
    },
  ])
})

test('without a table, codes come from the list in the docstring', () => {
  const text =
    '/**\n * Why:\n * - `full`: no room\n *   on the disk.\n * - `busy`: later.\n */\nexport class BError extends Error {\n  readonly code: Y\n}'
  expect(errorClasses('b.ts', text)[0]?.codes).toEqual([
    ['full', 'no room on the disk.'],
    ['busy', 'later.'],
  ])
})

test('an error without a code is not listed', () => {
  expect(errorClasses('c.ts', 'export class CError extends Error {}')).toEqual([])
})

test('a code that is any text is not listed', () => {
  expect(errorClasses('d.ts', 'export class DError extends Error {\n  readonly code: string\n}')).toEqual([])
})

test('a code without a list, and two errors in a file, are not left out in silence', () => {
  const one = 'export class EError extends Error {\n  readonly code: Z\n}\n'
  expect(() => errorClasses('e.ts', one)).toThrow('EError has a code, and no list')
  expect(() => errorClasses('e.ts', one + one.replace('EError', 'FError'))).toThrow('EError and FError in one file')
})
