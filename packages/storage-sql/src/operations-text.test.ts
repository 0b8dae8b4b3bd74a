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
  ['no party, an empty one', [[append('a@x', 'v'), { ...append('b@x', 'w'), with: '' } as Write]]],
  [
    'an element with one child more',
    [[append('a@x', '<m><b/></m>'), append('b@x', '<m><b/><id/></m> 7')], [append('c@x', '<m><b/></m>')]],
  ],
  [
    'what marks something else',
    [
      ['\x01', '\x02', '\x03a', '\x04', '\x04b', '', '\0'].map((value) =>
        append('a@x', value, value.replace('\0', '')),
      ),
    ],
  ],
  [
    'all other operations',
    [
      [
        { type: 'clear', store: 's', owner: 'o' },
        { type: 'delete', store: 's', owner: 'o', key: '' },
        { type: 'expect', store: 's', owner: 'o', key: 'k', value: undefined },
        { type: 'expect', store: 's', owner: 'o', key: 'k', value: 1 },
        { type: 'replace', archive: 'a', owner: 'o', id: '1', value: 'v' },
        { type: 'replace', archive: 'a', owner: 'o', id: '1', value: 'v', text: '\x01' },
        { ...append('a@x', ''), value: { n: 1 } } as Write,
        { type: 'remove', archive: 'a', owner: 'o', ids: ['1', '2'] },
        { type: 'remove', archive: 'a', owner: 'o', before: 17 },
        { type: 'remove', archive: 'a', owner: 'o', through: '3' },
        { type: 'remove', archive: 'a', owner: 'o', all: true },
      ],
    ],
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

test('with one child more only that crosses', () => {
  const text = packOperations(
    encoded([append('a@x', '<m><b>the message</b></m>'), append('b@x', '<m><b>the message</b><id/></m>')]),
  )
  expect(text.split('the message')).toHaveLength(2)
})

test.each(['[1,', '12\0a', '99\0a', 'x', ''])('a damaged text: `corrupt`: %j', (text) => {
  expect(() => unpackOperations(text)).toThrow(expect.objectContaining({ code: 'corrupt' }))
})
