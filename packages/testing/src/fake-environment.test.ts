import { expect, test } from 'vitest'
import { FakeEnvironment } from './index.ts'

test('timers are called in order, each at its own time, also those set meanwhile', () => {
  const environment = new FakeEnvironment({ now: 0 })
  const calls: string[] = []
  const note = (name: string) => () => calls.push(`${name}@${environment.now()}`)
  environment.setTimer(20, note('b'))
  environment.setTimer(10, () => {
    note('a')()
    environment.setTimer(5, note('inner'))
  })
  environment.setTimer(20, note('c'))
  environment.setTimer(100, note('later'))
  environment.advance(50)
  expect(calls).toEqual(['a@10', 'inner@15', 'b@20', 'c@20'])
  expect([environment.now(), environment.pendingTimers, environment.nextTimerIn]).toEqual([50, 1, 50])
})

test('a cancelled timer is not called, also when cancelled by one due at the same time', () => {
  const environment = new FakeEnvironment()
  const calls: number[] = []
  const cancels: (() => void)[] = []
  environment.setTimer(1, () => cancels[0]?.())
  cancels.push(environment.setTimer(1, () => calls.push(1)))
  environment.advance(1)
  cancels[0]?.()
  expect([calls, environment.pendingTimers]).toEqual([[], 0])
})

test('octets depend on the seed only', () => {
  const [a, b, c] = [
    new FakeEnvironment({ seed: 7 }),
    new FakeEnvironment({ seed: 7 }),
    new FakeEnvironment({ seed: 8 }),
  ]
  expect(a.randomBytes(32)).toEqual(b.randomBytes(32))
  expect(a.randomBytes(32)).not.toEqual(c.randomBytes(32))
  expect(new Set(new FakeEnvironment().randomBytes(5000)).size).toBe(256)
})
