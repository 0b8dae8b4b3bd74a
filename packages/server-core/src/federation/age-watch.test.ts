import { FakeEnvironment } from '@parlour/testing'
import { expect, it } from 'vitest'
import { AgeWatch } from './age-watch.ts'
import { DEFAULT_FEDERATION_LIMITS } from './options.ts'

function watch() {
  const environment = new FakeEnvironment()
  const expired: number[] = []
  const limits = { ...DEFAULT_FEDERATION_LIMITS, maxQueuedTime: 60_000 }
  const age = new AgeWatch({ environment, limits }, (before) => expired.push(before))
  return { environment, expired, age, now: environment.now() }
}

it('what is put back and has waited longer expires at its own time', () => {
  const { environment, expired, age, now } = watch()
  age.watch(now)
  age.watch(undefined, now - 50_000)
  environment.advance(10_000)
  expect(expired).toEqual([now - 50_000])
})

it('what came later does not put off the first', () => {
  const { environment, expired, age, now } = watch()
  age.watch(now)
  environment.advance(30_000)
  age.watch(now + 30_000)
  environment.advance(30_000)
  expect(expired).toEqual([now])
  expect(environment.pendingTimers).toBe(0)
})
