import type { Write } from '@parlour/storage'
import { expect, test } from 'vitest'
import { encodeCommit } from './encode.ts'
import type { Word } from './messages.ts'
import { packOperations, unpackOperations } from './operations-text.ts'

const append = (owner: string, value: string, text?: string): Write => ({
  ...{ type: 'append', archive: 'a', owner, id: '1', at: 1, value, ...(text === undefined ? {} : { text }) },
})

function encoded(...commits: Write[][]): Word[] {
  const words: Word[] = []
  for (const writes of commits) encodeCommit(writes, words)
  return words
}

test.each<[string, Write[][]]>([
  ['nothing', []],
  ['empty commits', [[], []]],
  ['one value for two', [[append('a@x', 'value', 'text'), append('b@x', 'value', 'text')]]],
  ['the same for the third', [[append('a@x', 'v', 't')], [append('b@x', 'v', 't'), append('c@x', 'v', 't')]]],
  ['another text', [[append('a@x', 'value', 'text'), append('b@x', 'value')], [append('c@x', 'other', 'text')]]],
  ['no text', [[append('a@x', 'value'), append('b@x', 'value')]]],
  [
    'records between',
    [[append('a@x', 'v'), { type: 'put', store: 's', owner: 'o', key: 'k', value: 1 }, append('b@x', 'v')]],
  ],
  ['quotes and lone surrogates', [[append('a@x', '"\ud800\n'), append('b@x', '"\ud800\n')]]],
])('what is packed comes back: %s', (_, commits) => {
  const words = encoded(...commits)
  const text = packOperations([...words])
  expect(text === '' ? [] : unpackOperations(text)).toEqual(words)
})

test('a message that is archived for both sides crosses once', () => {
  const text = packOperations(encoded([append('a@x', 'the message', 'word'), append('b@x', 'the message', 'word')]))
  expect(text.split('the message')).toHaveLength(2)
  expect(text.split('word')).toHaveLength(2)
})

test('a damaged text: `corrupt`', () => {
  expect(() => unpackOperations('[1,')).toThrow(expect.objectContaining({ code: 'corrupt' }))
})
