import { existsSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { underLock } from './file-lock.ts'

function place(): string {
  const folder = mkdtempSync(join(tmpdir(), 'parlour-lock-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return join(folder, 'file')
}

test('it is held meanwhile, and given back, also after an error', () => {
  const path = place()
  expect(underLock(path, () => existsSync(`${path}.lock`))).toBe(true)
  const fail = () => {
    throw new RangeError('of the act')
  }
  expect(() => underLock(path, fail)).toThrow(RangeError)
  expect(existsSync(`${path}.lock`)).toBe(false)
})

test('that of another one is waited for, so long and no longer', () => {
  const path = place()
  const act = () => underLock(path, () => 'done', { stale: 1_000, limit: 0, pause: 1 })
  expect(() => underLock(path, act)).toThrow('EEXIST')
  expect(act()).toBe('done')
})

test('that of one who was killed does not last', () => {
  const path = place()
  writeFileSync(`${path}.lock`, '')
  expect(underLock(path, () => 'done', { stale: 10, limit: 60_000, pause: 1 })).toBe('done')
  expect(existsSync(`${path}.lock`)).toBe(false)
})

test('who takes too long has lost it, and takes it from nobody who has it now', () => {
  const path = place()
  underLock(path, () => {
    writeFileSync(`${path}.other`, '')
    renameSync(`${path}.other`, `${path}.lock`)
  })
  expect(existsSync(`${path}.lock`)).toBe(true)
})

test('a folder that is not there is an error at once', () => {
  expect(() => underLock(join(place(), 'file'), () => 'done')).toThrow('ENOENT')
})
