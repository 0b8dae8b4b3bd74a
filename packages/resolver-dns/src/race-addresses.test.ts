import { FakeEnvironment } from '@parlour/testing'
import { describe, expect, test } from 'vitest'
import { type RaceOptions, raceAddresses } from './index.ts'

interface Attempt {
  readonly at: number
  readonly signal: AbortSignal
  succeed(result: string): void
  fail(message: string): void
}

function race(addresses: readonly string[], options: RaceOptions<string> = {}) {
  const environment = new FakeEnvironment({ now: 0 })
  const attempts = new Map<string, Attempt>()
  const result = raceAddresses(
    addresses,
    (address, signal) =>
      new Promise<string>((resolve, reject) => {
        const fail = (message: string) => reject(new Error(message))
        attempts.set(address, { at: environment.now(), signal, succeed: resolve, fail })
      }),
    { environment, ...options },
  )
  const attempt = (address: string) => {
    const found = attempts.get(address)
    if (!found) throw new Error(`${address} was not tried`)
    return found
  }
  return { environment, attempts, attempt, result }
}
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('RFC 8305 §5: Connection Attempts', () => {
  test('"a recommended value for a default delay is 250 milliseconds"; the first success wins, others are aborted', async () => {
    const { environment, attempts, attempt, result } = race(['a', 'b', 'c'])
    expect([...attempts.keys()]).toEqual(['a'])
    environment.advance(249)
    expect([...attempts.keys()]).toEqual(['a'])
    environment.advance(1)
    expect([...attempts.keys()]).toEqual(['a', 'b'])
    attempt('b').succeed('by b')
    expect(await result).toBe('by b')
    expect(attempt('a').signal.aborted).toBe(true)
    expect(environment.pendingTimers).toBe(0)
    environment.advance(10_000)
    expect(attempts.size).toBe(2)
  })

  test('the next is tried at once when one fails', async () => {
    const { environment, attempt, result } = race(['a', 'b', 'c'])
    environment.advance(100)
    attempt('a').fail('refused')
    await turn()
    expect(attempt('b').at).toBe(100)
    environment.advance(249)
    expect(() => attempt('c')).toThrow('was not tried')
    environment.advance(1)
    expect(attempt('c').at).toBe(350)
    attempt('b').fail('refused')
    await turn()
    attempt('c').succeed('by c')
    expect(await result).toBe('by c')
  })

  test('when all fail: their errors in the order of the addresses', async () => {
    const { environment, attempt, result } = race(['a', 'b'])
    environment.advance(250)
    attempt('b').fail('unreachable')
    await turn()
    attempt('a').fail('refused')
    const error = await result.catch((each: unknown) => each)
    expect(error).toBeInstanceOf(AggregateError)
    expect((error as AggregateError).message).toBe('a: refused; b: unreachable')
    expect((error as AggregateError).errors.map(String)).toEqual(['Error: refused', 'Error: unreachable'])
    expect(environment.pendingTimers).toBe(0)
  })

  test('the error of a lone address is its own; without one there is nothing to try', async () => {
    const { attempt, result } = race(['a'])
    attempt('a').fail('refused')
    await expect(result).rejects.toThrow(/^refused$/)
    await expect(race([]).result).rejects.toThrow('no address')
  })

  test('what succeeds although another had won is handed over to be closed', async () => {
    const discarded: string[] = []
    const { environment, attempt, result } = race(['a', 'b'], { discard: (each) => discarded.push(each) })
    environment.advance(250)
    await turn()
    attempt('b').succeed('by b')
    attempt('a').succeed('by a')
    expect(await result).toBe('by b')
    await turn()
    expect(discarded).toEqual(['by a'])
  })

  test('a signal ends all attempts', async () => {
    const controller = new AbortController()
    const { environment, attempt, result } = race(['a', 'b'], { signal: controller.signal })
    environment.advance(250)
    controller.abort(new Error('enough'))
    await expect(result).rejects.toMatchObject({ code: 'aborted', cause: { message: 'enough' } })
    expect([attempt('a').signal.aborted, attempt('b').signal.aborted]).toEqual([true, true])
    expect(environment.pendingTimers).toBe(0)
    const late = race(['a'], { signal: controller.signal })
    await expect(late.result).rejects.toMatchObject({ code: 'aborted' })
    expect(late.attempts.size).toBe(0)
  })

  test('"MUST NOT be under 10 milliseconds"', () => {
    const { environment, attempts } = race(['a', 'b'], { attemptDelayMs: 0 })
    environment.advance(9)
    expect(attempts.size).toBe(1)
    environment.advance(1)
    expect(attempts.size).toBe(2)
  })

  test('a connect that throws at once counts as a failed attempt', async () => {
    const throwing = () => {
      throw new Error('no socket')
    }
    await expect(raceAddresses(['a'], throwing)).rejects.toThrow('no socket')
  })
})
