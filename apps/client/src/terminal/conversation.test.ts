import { replaceElement } from '@parlour/extensions/message-correction'
import { retractionMessage } from '@parlour/extensions/message-retraction'
import { reactionsMessage } from '@parlour/extensions/reactions'
import { Message, message } from '@parlour/stanza'
import { expect, test } from 'vitest'
import { changeIn, textOf } from './changes.ts'
import { Conversation, type Entry } from './conversation.ts'

const said = (text: string, time: number): Entry => ({ kind: 'received', who: 'romeo@example.net', text, time })
const lengthOf = ({ entries }: Conversation) => entries.reduce((sum, { text }) => sum + text.length, 0)

test('what a message says is kept up to 10,000 characters, with its length', () => {
  const long = new Message(message({ body: 'x'.repeat(1_000_000) }))
  expect(textOf(long)).toBe(`${'x'.repeat(10_000)}… (1000000 characters)`)
  expect(textOf(new Message(message({ subject: 'a', body: 'b' })))).toBe('[a] b')
})

test('of long texts, no more than a million characters are kept: the latest, and not those from before', () => {
  const conversation = new Conversation('romeo@example.net')
  for (let time = 0; time < 300; time++) conversation.add(said('x'.repeat(10_000), time))
  expect(lengthOf(conversation)).toBe(1_000_000)
  expect(conversation.entries.at(-1)?.time).toBe(299)
  expect(conversation.recall(said('before', -1), 'before')).toBe(false)
  conversation.clear()
  expect(conversation.recall(said('before', -1), 'before')).toBe(true)
  conversation.add(said('x'.repeat(2_000_000), 300))
  expect(conversation.entries.length).toBe(1)
})

test('an id may be as long as a stanza: it counts, and one of more than 3,000 characters is not changed', () => {
  const conversation = new Conversation('romeo@example.net')
  for (let n = 0; n < 30; n++)
    conversation.add({ ...said('x', n), id: `${n}`, messageId: `${n}${'x'.repeat(100_000)}` })
  expect(conversation.entries.length).toBe(9)
  const to = 'romeo@example.net'
  const changes = (id: string) =>
    [
      message({ to, body: 'x', children: [replaceElement({ id })] }),
      retractionMessage({ id: 'a', to, type: 'chat', of: id }),
      reactionsMessage({ to, id, reactions: ['👍'] }),
    ].map((element) => changeIn(new Message(element))?.of === id)
  expect(changes('x'.repeat(3_000))).toEqual([true, true, true])
  expect(changes('x'.repeat(3_001))).toEqual([false, false, false])
})
