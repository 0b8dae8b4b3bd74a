import { checkWrites, encodeValue, MAX_VALUE_LENGTH, type Remove, type Write } from '@parlour/storage'
import { Operation, type Word } from './messages.ts'

/** UTF-16 units of a string whose JSON text is not too long whatever is in it. */
const MAX_PLAIN_LENGTH = MAX_VALUE_LENGTH / 6 - 2

/** Appends a commit to a batch's operations; throws `StorageError('invalid')` and leaves them as they were. */
export function encodeCommit(writes: readonly Write[], words: Word[]): void {
  const before = words.length
  try {
    checkWrites(writes)
    for (const write of writes) encodeWrite(write, words)
    words.push(Operation.commit)
  } catch (error) {
    words.length = before
    throw error
  }
}

function encodeWrite(write: Write, words: Word[]): void {
  switch (write.type) {
    case 'put':
      words.push(Operation.put, write.store, write.owner, write.key, encodeValue(write.value))
      break
    case 'delete':
      words.push(Operation.delete, write.store, write.owner, write.key)
      break
    case 'clear':
      words.push(Operation.clear, write.store, write.owner)
      break
    case 'expect': {
      const value = write.value === undefined ? null : encodeValue(write.value)
      words.push(Operation.expect, write.store, write.owner, write.key, value)
      break
    }
    case 'append': {
      const { archive, owner, id, at, value } = write
      const isString = typeof value === 'string' && isPlain(value)
      words.push(isString ? Operation.appendString : Operation.append, archive, owner, id, at, write.with ?? null)
      words.push(isString ? value : encodeValue(value), write.text ?? null)
      break
    }
    case 'replace':
      words.push(Operation.replace, write.archive, write.owner, write.id, encodeValue(write.value), write.text ?? null)
      break
    case 'remove':
      encodeRemove(write, words)
  }
}

/** Whether a string can stand in the text of operations as it is. */
function isPlain(value: string): boolean {
  return value.length < MAX_PLAIN_LENGTH && !value.includes('\0') && value.isWellFormed()
}

function encodeRemove(write: Remove, words: Word[]): void {
  const { archive, owner } = write
  if ('ids' in write) encodeRemoveIds(archive, owner, write.ids, words)
  else if ('before' in write) words.push(Operation.removeBefore, archive, owner, write.before)
  else if ('through' in write) words.push(Operation.removeThrough, archive, owner, write.through)
  else words.push(Operation.removeAll, archive, owner)
}

/** Ids are visible ASCII. */
function encodeRemoveIds(archive: string, owner: string, ids: readonly string[], words: Word[]): void {
  const [first] = ids
  if (first === undefined) return
  if (ids.length === 1) words.push(Operation.remove, archive, owner, first)
  else words.push(Operation.removeEach, archive, owner, ids.join(' '))
}
