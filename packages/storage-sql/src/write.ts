import { StorageError, sameJson } from '@parlour/storage'
import type { ArchiveNumbers } from './archive-numbers.ts'
import { decodeValue } from './decode.ts'
import { Operation, type Word } from './messages.ts'
import { ABOVE_ALL, JUST_ABOVE } from './page-range.ts'
import type { Parties } from './parties.ts'
import type { Prepared } from './prepared.ts'
import type { Texts } from './texts.ts'
import { firstAt } from './time-search.ts'

/** What the writes work on. */
export interface Target {
  readonly prepared: Prepared
  readonly archives: ArchiveNumbers
  readonly texts: Texts
  readonly parties: Parties
}

type Apply = (target: Target, words: readonly Word[], at: number) => void

/** For each operation how many arguments it has and what it does with those that begin at `at`. */
const WRITES: Readonly<Record<number, readonly [length: number, apply: Apply]>> = {
  [Operation.put]: [
    4,
    ({ prepared }, w, i) => prepared.run('putRecord', word(w, i), word(w, i + 1), word(w, i + 2), word(w, i + 3)),
  ],
  [Operation.delete]: [
    3,
    ({ prepared }, w, i) => prepared.run('deleteRecord', word(w, i), word(w, i + 1), word(w, i + 2)),
  ],
  [Operation.clear]: [2, ({ prepared }, w, i) => prepared.run('clearRecords', word(w, i), word(w, i + 1))],
  [Operation.expect]: [4, expectRecord],
  [Operation.append]: [7, (target, w, i) => append(target, w, i, text(w, i + 5))],
  [Operation.appendString]: [7, (target, w, i) => append(target, w, i, JSON.stringify(w[i + 5]))],
  [Operation.replace]: [5, replace],
  [Operation.remove]: [3, (target, w, i) => removeEach(target, w, i, [text(w, i + 2)])],
  [Operation.removeEach]: [3, (target, w, i) => removeEach(target, w, i, text(w, i + 2).split(' '))],
  [Operation.removeBefore]: [3, removeBefore],
  [Operation.removeThrough]: [3, removeThrough],
  [Operation.removeAll]: [2, removeAll],
}

/** How many statements an operation may need: one alone is atomic by itself. */
export function isSingleStatement(words: readonly Word[], at: number): boolean {
  switch (words[at]) {
    case Operation.append:
    case Operation.appendString:
      return words[at + 5] === null && words[at + 7] === null
    case Operation.put:
    case Operation.delete:
    case Operation.clear:
    case Operation.expect:
      return true
    default:
      return false
  }
}

/** How many words the operation at `at` has, its code included. */
export function operationLength(words: readonly Word[], at: number): number {
  if (words[at] === Operation.commit) return 1
  return 1 + write(words, at)[0]
}

/** Applies the operation at `at`; throws `StorageError('conflict')` or what SQLite throws. */
export function applyOperation(target: Target, words: readonly Word[], at: number): void {
  write(words, at)[1](target, words, at + 1)
}

function write(words: readonly Word[], at: number): readonly [number, Apply] {
  const found = WRITES[Number(words[at])]
  if (found === undefined) throw new StorageError('unavailable', `unknown operation ${words[at]}`)
  return found
}

function word(words: readonly Word[], at: number): Word {
  return words[at] as Word
}

function text(words: readonly Word[], at: number): string {
  return words[at] as string
}

function expectRecord({ prepared }: Target, words: readonly Word[], at: number): void {
  const [store, owner, key, expected] = words.slice(at, at + 4) as [string, string, string, string | null]
  const found = prepared.row('getRecord', store, owner, key)?.[0] as string | undefined
  if (found === (expected ?? undefined)) return
  // The same value may have another text: the order of an object's keys does not matter.
  if (found !== undefined && expected !== null && sameJson(decodeValue(found), decodeValue(expected))) return
  throw new StorageError('conflict', `the record ${store} / ${owner} / ${key} is not as expected`)
}

function append({ prepared, archives, texts, parties }: Target, w: readonly Word[], i: number, value: string): void {
  const archive = archives.findOrAdd(text(w, i), text(w, i + 1))
  const [id, party] = [text(w, i + 2), w[i + 4] as string | null]
  const found = texts.add(archive, id, w[i + 6] as string | null)
  const added = prepared.run('appendEntry', archive, id, word(w, i + 3), party, value, found)
  if (added === 0)
    throw new StorageError('conflict', `the archive ${w[i]} / ${w[i + 1]} has an entry ${w[i + 2]} already`)
  parties.add(archive, id, party)
}

function replace({ prepared, archives, texts }: Target, w: readonly Word[], i: number): void {
  const archive = archives.find(text(w, i), text(w, i + 1))
  if (archive === undefined) return
  const id = text(w, i + 2)
  if (prepared.row('getEntry', archive, id) === undefined) return
  texts.remove('textOf', archive, id)
  prepared.run('replaceEntry', word(w, i + 3), texts.add(archive, id, w[i + 4] as string | null), archive, id)
}

function removeEach(target: Target, w: readonly Word[], i: number, ids: readonly string[]): void {
  const archive = target.archives.find(text(w, i), text(w, i + 1))
  if (archive !== undefined) for (const id of ids) removeEntry(target, archive, id)
}

/** Removes an entry, if there is one, and what goes with it. */
function removeEntry({ prepared, texts, parties }: Target, archive: number, id: string): void {
  const [number, party] = (prepared.row('removeEntry', archive, id) ?? []) as [(number | null)?, (string | null)?]
  if (number != null) texts.removeOne(number)
  if (party != null) parties.remove(archive, id, party)
}

function removeThrough(target: Target, w: readonly Word[], i: number): void {
  const archive = target.archives.find(text(w, i), text(w, i + 1))
  if (archive !== undefined) removeBelow(target, archive, text(w, i + 2) + JUST_ABOVE)
}

function removeBefore(target: Target, w: readonly Word[], i: number): void {
  const archive = target.archives.find(text(w, i), text(w, i + 1))
  if (archive === undefined) return
  removeBelow(target, archive, firstAt(target.prepared, archive, Number(w[i + 2])) ?? ABOVE_ALL)
}

function removeBelow({ prepared, texts, parties }: Target, archive: number, id: string): void {
  texts.remove('textsBelow', archive, id)
  parties.removeBelow(archive, id)
  prepared.run('removeEntriesBelow', archive, id)
}

function removeAll({ archives, texts, parties }: Target, w: readonly Word[], i: number): void {
  const archive = archives.find(text(w, i), text(w, i + 1))
  if (archive === undefined) return
  texts.remove('textsOf', archive)
  parties.removeAll(archive)
  archives.remove(text(w, i), text(w, i + 1))
}
