import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { andThen, rescue } from './maybe-promise.ts'

test('what is there already is used at once', () => {
  expect(andThen(1, (value) => value + 1)).toBe(2)
  expect(andThen(undefined, () => 'used')).toBe('used')
})

test('what is promised is waited for, by whatever realm', async () => {
  expect(await andThen(Promise.resolve(1), (value) => value + 1)).toBe(2)
  const foreign: Promise<number> = runInNewContext('Promise.resolve(1)')
  expect(foreign).not.toBeInstanceOf(Promise)
  expect(await andThen(foreign, (value) => value + 1)).toBe(2)
})

test('what is thrown, now or later, is handed over', async () => {
  const error = new Error('thrown')
  const now = () => {
    throw error
  }
  expect(rescue<unknown>(now, (caught) => caught)).toBe(error)
  expect(
    await rescue<unknown>(
      () => Promise.reject(error),
      (caught) => caught,
    ),
  ).toBe(error)
})
