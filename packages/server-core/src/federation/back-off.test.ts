import { FakeEnvironment } from '@parlour/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BackOff } from './back-off.ts'

describe('the pause after a failure', () => {
  it('is random up to a bound that doubles from one second to five minutes', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(20), (seed, failures) => {
        const environment = new FakeEnvironment({ seed })
        const backOff = new BackOff({ firstDelay: 1_000, maxDelay: 300_000 }, environment)
        for (let failure = 0; failure <= failures; failure++) backOff.pause(() => {})
        const bound = Math.min(300_000, 1_000 * 2 ** failures)
        const delay = backOff.until - environment.now()
        expect(delay).toBeGreaterThanOrEqual(bound / 10)
        expect(delay).toBeLessThanOrEqual(bound)
      }),
    )
  })

  it('is no longer than who waits for it can wait', () => {
    const environment = new FakeEnvironment()
    const backOff = new BackOff({ firstDelay: 1_000, maxDelay: 300_000 }, environment)
    for (let failure = 0; failure < 20; failure++) backOff.pause(() => {}, 7_500)
    expect(backOff.until - environment.now()).toBe(7_500)
  })

  it('is one: another failure begins another in its place', () => {
    const environment = new FakeEnvironment()
    const backOff = new BackOff({ firstDelay: 1_000, maxDelay: 300_000 }, environment)
    let over = 0
    for (let failure = 0; failure < 3; failure++) backOff.pause(() => over++)
    environment.advance(300_000)
    expect(over).toBe(1)
  })

  it('begins anew after a success, which ends it', () => {
    const environment = new FakeEnvironment()
    const backOff = new BackOff({ firstDelay: 1_000, maxDelay: 300_000 }, environment)
    let pauses = 0
    for (let failure = 0; failure < 5; failure++) {
      backOff.pause(() => pauses++)
      environment.advance(300_000)
    }
    backOff.pause(() => pauses++)
    backOff.succeeded()
    environment.advance(300_000)
    expect([pauses, backOff.failures]).toEqual([5, 0])
    backOff.pause(() => pauses++)
    expect(backOff.until - environment.now()).toBeLessThanOrEqual(1_000)
  })
})
