import { StorageError } from '@parlour/storage'
import { Operation, type Word } from './messages.ts'
import { operationLength } from './write.ts'

/** Stands between the words, for no word has it. */
const SEPARATOR = '\0'
/** A word that is null. */
const NULL = '\x01'
/** The same string as in the entry before. */
const SAME = '\x02'
/** What follows comes behind the {@link headOf} of the value before. */
const SAME_HEAD = '\x03'
/** What follows is a word that begins as one of these. */
const PLAIN = '\x04'

/** From the code of `append` or `appendString` on. */
const [TIME, PARTY, VALUE, TEXT] = [4, 5, 6, 7]

/** The text in which operations cross to the thread and stand in the journal. Changes the list that it is given. */
export function packOperations(words: Word[]): string {
  let value: Word | undefined
  let text: Word | undefined
  let head: string | undefined
  for (let at = 0; at < words.length; at += operationLength(words, at)) {
    switch (words[at]) {
      case Operation.appendString: {
        const [ownValue, ownText] = [words[at + VALUE] as string, words[at + TEXT]]
        // A message is archived for both sides, and stands with an id more in the queue of a session.
        if (ownValue === value) words[at + VALUE] = SAME
        else if (head !== undefined && ownValue.startsWith(head))
          words[at + VALUE] = SAME_HEAD + ownValue.slice(head.length)
        else words[at + VALUE] = packWord(ownValue)
        if (ownValue !== value) head = headOf(ownValue)
        words[at + TEXT] = ownText === text && ownText !== null ? SAME : packWord(ownText as Word)
        words[at + PARTY] = packWord(words[at + PARTY] as Word)
        ;[value, text] = [ownValue, ownText]
        break
      }
      case Operation.append:
        words[at + TEXT] = packWord(words[at + TEXT] as Word)
        words[at + PARTY] = packWord(words[at + PARTY] as Word)
        break
      case Operation.expect:
        words[at + 4] = packWord(words[at + 4] as Word)
        break
      case Operation.replace:
        words[at + 5] = packWord(words[at + 5] as Word)
    }
  }
  return words.join(SEPARATOR)
}

/** @throws StorageError `corrupt` for what is not such a text */
export function unpackOperations(text: string): Word[] {
  // As it was written before schema version 5.
  if (text.startsWith('[')) return unpackJson(text)
  const words: Word[] = text.split(SEPARATOR)
  try {
    unpack(words)
  } catch (cause) {
    throw damaged(cause)
  }
  return words
}

function unpack(words: Word[]): void {
  let value = ''
  let text: Word = null
  for (let at = 0; at < words.length; at += operationLength(words, at)) {
    words[at] = Number(words[at])
    switch (words[at]) {
      case Operation.appendString:
        value = unpackValue(words[at + VALUE] as string, value)
        text = words[at + TEXT] === SAME ? text : unpackWord(words[at + TEXT] as string)
        words[at + VALUE] = value
        words[at + TEXT] = text
        words[at + PARTY] = unpackWord(words[at + PARTY] as string)
        words[at + TIME] = Number(words[at + TIME])
        break
      case Operation.append:
        words[at + TEXT] = unpackWord(words[at + TEXT] as string)
        words[at + PARTY] = unpackWord(words[at + PARTY] as string)
        words[at + TIME] = Number(words[at + TIME])
        break
      case Operation.expect:
        words[at + 4] = unpackWord(words[at + 4] as string)
        break
      case Operation.replace:
        words[at + 5] = unpackWord(words[at + 5] as string)
        break
      case Operation.removeBefore:
        words[at + 3] = Number(words[at + 3])
    }
  }
}

function packWord(word: Word): string {
  if (word === null) return NULL
  const text = word as string
  return text.length > 0 && text.charCodeAt(0) <= 4 ? PLAIN + text : text
}

function unpackWord(packed: string): Word {
  if (packed === NULL) return null
  return packed.startsWith(PLAIN) ? packed.slice(1) : packed
}

function unpackValue(packed: string, before: string): string {
  if (packed === SAME) return before
  if (packed.startsWith(SAME_HEAD)) return headOf(before) + packed.slice(1)
  return packed.startsWith(PLAIN) ? packed.slice(1) : packed
}

/** An XML element up to its last end tag: where something is added to what is in it. */
function headOf(value: string): string {
  return value.slice(0, Math.max(0, value.lastIndexOf('</')))
}

function unpackJson(text: string): Word[] {
  const packed = parse(text)
  const words = packed as Word[]
  let before = 0
  for (let at = 0; at < words.length; at += operationLength(words, at)) {
    if (words[at] !== Operation.appendString) continue
    if (packed[at + VALUE] === true) words[at + VALUE] = words[before + VALUE] as Word
    if (packed[at + TEXT] === true) words[at + TEXT] = words[before + TEXT] as Word
    before = at
  }
  return words
}

/** `true` stood for the same string as in the entry before. */
function parse(text: string): (Word | true)[] {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw damaged(cause)
  }
}

function damaged(cause: unknown): StorageError {
  return new StorageError('corrupt', 'the journal is damaged: restore a backup', { cause })
}
