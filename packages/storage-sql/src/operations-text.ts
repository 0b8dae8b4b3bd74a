import { StorageError } from '@parlour/storage'
import { Operation, type Word } from './messages.ts'
import { operationLength } from './write.ts'

/** Where the value and the text of an entry stand, from the code of `appendString` on. */
const VALUE = 6
const TEXT = 7
/** Stands for the same string as in the entry before. */
const SAME = true

type PackedWord = Word | typeof SAME

/** The text in which operations cross to the thread and stand in the journal. Changes the list that it is given. */
export function packOperations(words: Word[]): string {
  if (words.length === 0) return ''
  const packed: PackedWord[] = words
  let before: readonly [value: Word | undefined, text: Word | undefined] = [undefined, undefined]
  for (let at = 0; at < words.length; at += operationLength(words, at)) {
    if (words[at] !== Operation.appendString) continue
    const entry = [words[at + VALUE], words[at + TEXT]] as const
    // A message that is archived for both sides.
    if (entry[0] === before[0]) packed[at + VALUE] = SAME
    if (entry[1] === before[1] && entry[1] !== null) packed[at + TEXT] = SAME
    before = entry
  }
  return JSON.stringify(packed)
}

/** @throws StorageError `corrupt` for what is not such a text */
export function unpackOperations(text: string): Word[] {
  const packed = parse(text)
  const words = packed as Word[]
  let before = 0
  for (let at = 0; at < words.length; at += operationLength(words, at)) {
    if (words[at] !== Operation.appendString) continue
    if (packed[at + VALUE] === SAME) words[at + VALUE] = words[before + VALUE] as Word
    if (packed[at + TEXT] === SAME) words[at + TEXT] = words[before + TEXT] as Word
    before = at
  }
  return words
}

function parse(text: string): PackedWord[] {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new StorageError('corrupt', 'the journal is damaged: restore a backup', { cause })
  }
}
