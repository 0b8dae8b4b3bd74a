import { expect, test } from 'vitest'
import { FuzzFailure, type FuzzMeters, fuzzing } from './fuzzing.ts'

/** The clock moves by a millisecond whenever it is read. */
const meters = (changes: Partial<FuzzMeters> = {}): FuzzMeters => {
  let now = 0
  return { now: () => now++, cpu: () => 0, heap: () => 0, ...changes }
}

test('the same seed gives the same inputs, another seed gives others', async () => {
  const inputs = async (seed: number) => {
    const seen: number[] = []
    const { random, run } = fuzzing({ seed, seconds: 0.05, meters: meters() })
    const count = await run({ make: () => random(1000), attempt: (input) => seen.push(input) })
    expect(seen).toHaveLength(count)
    return seen
  }
  const first = await inputs(7)
  expect(first.length).toBeGreaterThan(10)
  expect(first.every((number) => Number.isInteger(number) && number >= 0 && number < 1000)).toBe(true)
  expect(new Set(first).size).toBeGreaterThan(10)
  expect(await inputs(7)).toEqual(first)
  expect(await inputs(8)).not.toEqual(first)
})

test('the seed 0 has random numbers too', () => {
  const { pick, random } = fuzzing({ seed: 0, seconds: 1 })
  expect(new Set(Array.from({ length: 100 }, () => random(1000))).size).toBeGreaterThan(50)
  expect(['a', 'b']).toContain(pick(['a', 'b']))
})

test('an input that throws ends the run, and is told with the seed', async () => {
  const { run } = fuzzing({ seed: 7, seconds: 1, meters: meters() })
  const cause = new Error('does not hold')
  let count = 0
  const attempt = (input: unknown[]) => {
    input.push('filled while it was tried')
    if (++count === 3) throw cause
  }
  const failure = await run({ make: () => [] as unknown[], attempt }).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(FuzzFailure)
  expect(failure).toMatchObject({ message: 'seed 7, input 2: ["filled while it was tried"]', cause })
})

test('a promise is waited for, and an input is printed as the target says', async () => {
  const { run } = fuzzing({ seed: 7, seconds: 1, meters: meters() })
  const attempt = () => Promise.reject(new Error('late'))
  await expect(run({ make: () => 'x', attempt, print: (input) => `<${input}>` })).rejects.toThrow('input 0: <x>')
})

test('an input may take so many milliseconds of CPU', async () => {
  const cost = (milliseconds: number, maxMilliseconds?: number) => {
    let cpu = 0
    const { run } = fuzzing({ seed: 7, seconds: 0.01, meters: meters({ cpu: () => (cpu += milliseconds) }) })
    const limit = maxMilliseconds === undefined ? {} : { maxMilliseconds }
    return run({ make: () => 'x', attempt() {}, ...limit })
  }
  expect(await cost(250)).toBeGreaterThan(0)
  await expect(cost(251)).rejects.toMatchObject({ cause: new Error('took 251 ms of CPU') })
  expect(await cost(1000, 1000)).toBeGreaterThan(0)
  await expect(cost(1001, 1000)).rejects.toThrow(FuzzFailure)
})

test('the heap may grow by so many octets after the first fifth of the time', async () => {
  const growing = (octets: number) => {
    let readings = 0
    const heap = () => 1_000_000_000 + octets * readings++
    const { run } = fuzzing({ seed: 7, seconds: 0.1, meters: meters({ heap }) })
    return run({ make: () => 'x', attempt() {}, maxGrowth: 1000 })
  }
  expect(await growing(1000)).toBeGreaterThan(0)
  await expect(growing(1001)).rejects.toThrow('seed 7: the heap grew by 1001 octets')
})
