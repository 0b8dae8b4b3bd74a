import { FakeEnvironment } from '@parlour/testing'
import { expect, test } from 'vitest'
import { WorkShare } from './work-share.ts'

/** Works for so many milliseconds of the clock; how long the stream rests then. */
async function restAfter(milliseconds: number, perSecond?: number): Promise<number> {
  const environment = new FakeEnvironment()
  const share = new WorkShare(environment, perSecond)
  share.begin()
  environment.advance(milliseconds)
  const rest = share.spend()
  if (rest === undefined) return 0
  const begun = environment.now()
  let isOver = false
  rest.then(() => {
    isOver = true
  })
  while (!isOver) {
    environment.advance(1)
    await Promise.resolve()
  }
  return environment.now() - begun
}

test('a burst of ten milliseconds costs nothing', async () => {
  expect(await restAfter(10)).toBe(0)
})

test('who speaks for many rests less', async () => {
  // 110 ms of work: 10 of the burst, 88 earned meanwhile, 12 owed; each takes 1.25 ms to earn.
  expect(await restAfter(110, 800)).toBe(15)
})

test('work beyond the burst is rested from: for long it is half of the time', async () => {
  // 60 ms of work: 10 of the burst, 30 earned meanwhile, 20 owed; each takes 2 ms to earn.
  expect(await restAfter(60)).toBe(40)
})

test('a clock set forward by an hour in the midst of work stops a stream for two seconds at most', async () => {
  expect(await restAfter(3_600_000)).toBeLessThanOrEqual(2000)
})
