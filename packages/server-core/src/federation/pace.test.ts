import { FakeEnvironment } from '@parlour/testing'
import { expect, it } from 'vitest'
import { Pace } from './pace.ts'

it('so much in a moment; the next one is told of when more was asked for, and only then', () => {
  const environment = new FakeEnvironment()
  let waiting = 7
  const done: number[] = []
  const work = () => {
    for (; waiting > 0; waiting--) {
      if (!pace.take()) return
      done.push(environment.now())
    }
  }
  const pace = new Pace(3, work, environment)
  const start = environment.now()
  work()
  expect(done.length).toBe(3)
  environment.advance(4)
  expect(done.length).toBe(3)
  environment.advance(100)
  expect(done.map((at) => at - start)).toEqual([0, 0, 0, 5, 5, 5, 10])
  expect(environment.pendingTimers).toBe(0)
  expect(pace.take()).toBe(true)
  environment.advance(5)
  expect([done.length, environment.pendingTimers]).toEqual([7, 0])
})

it('a moment that came late counts for several, up to a bound', () => {
  let now = 0
  let fire = () => {}
  const environment = {
    now: () => now,
    setTimer: (_: number, then: () => void) => {
      fire = then
      return () => {}
    },
  }
  let done = 0
  const work = () => {
    while (pace.take()) done++
  }
  const pace = new Pace(3, work, environment)
  const doneAfter = (milliseconds: number) => {
    const before = done
    now += milliseconds
    fire()
    return done - before
  }
  work()
  expect([done, doneAfter(5), doneAfter(12), doneAfter(1000), doneAfter(5)]).toEqual([3, 3, 6, 60, 3])
})
