import { FakeEnvironment } from '@parlour/testing'
import { expect, it } from 'vitest'
import { Turns } from './turns.ts'

/** Lets what is ready to go on do so. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

it('who waits for a silent name server stands in nobody’s way, up to a bound', async () => {
  const environment = new FakeEnvironment()
  const turns = new Turns(1, environment)
  let begun = 0
  const ends: (() => void)[] = []
  const silent = () => {
    begun++
    return new Promise<void>((resolve) => ends.push(resolve))
  }
  const all = Array.from({ length: 10 }, () => turns.take(silent))
  await settled()
  expect(begun).toBe(1)
  for (let turn = 0; turn < 10; turn++) {
    environment.advance(600)
    await settled()
  }
  expect(begun).toBe(6)
  for (let n = 0; n < 10; n++) {
    ends[n]?.()
    await settled()
  }
  await Promise.all(all)
  expect(begun).toBe(10)
  expect(await turns.take(async () => 'free again')).toBe('free again')
})
