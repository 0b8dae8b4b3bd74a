import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readTokenSecret } from './token-secret.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parlour-token-secret-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('it is made once, and is for its owner only', () => {
  const made = readTokenSecret(folder)
  expect(made).toHaveLength(32)
  expect(Buffer.from(readTokenSecret(folder))).toEqual(Buffer.from(made))
  expect(readdirSync(folder)).toEqual(['device-tokens.key'])
  expect(statSync(join(folder, 'device-tokens.key')).mode & 0o777).toBe(0o600)
})

test('each server has one of its own', () => {
  const other = mkdtempSync(join(tmpdir(), 'parlour-token-secret-'))
  expect(Buffer.from(readTokenSecret(other))).not.toEqual(Buffer.from(readTokenSecret(folder)))
  rmSync(other, { recursive: true })
})

test('what was left unfinished is made anew', () => {
  writeFileSync(join(folder, 'device-tokens.key.new'), 'abc')
  readTokenSecret(folder)
  expect(readdirSync(folder)).toEqual(['device-tokens.key'])
})

test.each(['', 'abc', `${'0'.repeat(63)}g`, '0'.repeat(66)])(
  'a damaged one is told, with what to do, and kept: %j',
  (text) => {
    const path = join(folder, 'device-tokens.key')
    writeFileSync(path, text)
    expect(() => readTokenSecret(folder)).toThrow(
      /device-tokens\.key is damaged.*restore it from a backup, or remove it/,
    )
    expect(readFileSync(path, 'latin1')).toBe(text)
  },
)
