/** What a run is told: by the command line if not given. */
export interface FuzzOptions {
  /** How long inputs are tried, by the clock. `--seconds`, 10 if not given. */
  readonly seconds?: number
  /** Where the random numbers begin: the same seed gives the same inputs. `--seed`, any if not given. */
  readonly seed?: number
  /** What time and memory are measured with; the process itself if not given. */
  readonly meters?: FuzzMeters
}

/** What is measured in a run: milliseconds by the clock and of CPU, octets of heap. */
export interface FuzzMeters {
  now(): number
  cpu(): number
  heap(): number
}

/** What is tried, and with what. */
export interface FuzzTarget<Input> {
  /** Makes an input, of random numbers. */
  make(): Input
  /** Tries an input, and throws when something does not hold. An input may be filled while it is tried. */
  attempt(input: Input): unknown
  /** An input as it is printed; as JSON if not given. */
  print?(input: Input): string
  /** Milliseconds of CPU that one input may take; 250 if not given. On a busy machine the clock tells nothing. */
  readonly maxMilliseconds?: number
  /** Octets by which the heap may grow once a fifth of the time is over; 64 MiB if not given. */
  readonly maxGrowth?: number
}

/** An input that something does not hold for, with the seed and the error; or memory that grew. */
export class FuzzFailure extends Error {
  override readonly name = 'FuzzFailure'
  readonly code = 'fuzz-failure'
}

/** Random numbers, and the run that is made of them. */
export interface Fuzzing {
  readonly seed: number
  /** A whole number from 0, below the given one (at most 2^32). */
  random(below: number): number
  /** Any of the items; there must be one. */
  pick<Item>(items: readonly Item[]): Item
  /**
   * Tries one input after the other until the time is over; how many there were.
   * @throws {FuzzFailure} at the first that fails or takes too long, or when the heap has grown at the end.
   */
  run<Input>(target: FuzzTarget<Input>): Promise<number>
}

const WARM_UP = 1 / 5
const SETTINGS = { maxMilliseconds: 250, maxGrowth: 64 * 1024 * 1024 }

/**
 * The frame of a fuzz target: a program that tries random inputs for a while.
 *
 * @throws {RangeError} when `--seconds` or `--seed` is no number that can be taken.
 * @example
 * ```ts
 * const { random, run } = fuzzing({ seconds: 1, seed: 7 })
 * await run({ make: () => 'x'.repeat(random(99)), attempt: (text) => JSON.parse(JSON.stringify(text)) })
 * ```
 */
export function fuzzing(options: FuzzOptions = {}): Fuzzing {
  const { meters = processMeters } = options
  const seconds = options.seconds ?? argument('seconds') ?? 10
  const seed = options.seed ?? argument('seed') ?? Math.floor(Math.random() * 2 ** 31)
  const random = xorshift(seed)
  const pick = <Item>(items: readonly Item[]): Item => items[random(items.length)] as Item
  return { seed, random, pick, run: (target) => runTarget(target, seed, seconds * 1000, meters) }
}

/** Marsaglia's xorshift of 32 bits, whose state is never 0. */
function xorshift(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

async function runTarget<Input>(
  target: FuzzTarget<Input>,
  seed: number,
  milliseconds: number,
  meters: FuzzMeters,
): Promise<number> {
  const begin = meters.now()
  let count = 0
  let settled: number | undefined
  for (let passed = 0; passed < milliseconds; passed = meters.now() - begin) {
    if (settled === undefined && passed >= milliseconds * WARM_UP) settled = meters.heap()
    const failure = await tryInput(target, meters)
    if (failure) throw new FuzzFailure(`seed ${seed}, input ${count}: ${failure.input}`, { cause: failure.error })
    count++
  }
  const growth = settled === undefined ? 0 : meters.heap() - settled
  if (growth > (target.maxGrowth ?? SETTINGS.maxGrowth)) {
    throw new FuzzFailure(`seed ${seed}: the heap grew by ${growth} octets in ${count} inputs`)
  }
  return count
}

async function tryInput<Input>(
  target: FuzzTarget<Input>,
  meters: FuzzMeters,
): Promise<{ input: string; error: unknown } | undefined> {
  const input = target.make()
  const { maxMilliseconds = SETTINGS.maxMilliseconds, print = (value) => JSON.stringify(value) } = target
  try {
    const start = meters.cpu()
    const result = target.attempt(input)
    if (result instanceof Promise) await result
    const took = meters.cpu() - start
    if (took > maxMilliseconds) throw new Error(`took ${took} ms of CPU`)
    return undefined
  } catch (error) {
    return { input: print(input), error }
  }
}

const processMeters: FuzzMeters = {
  now: () => performance.now(),
  cpu: () => process.cpuUsage().user / 1000,
  heap() {
    // There with --expose-gc; without it, what is garbage counts too.
    globalThis.gc?.()
    return process.memoryUsage().heapUsed
  },
}

function argument(name: string): number | undefined {
  const at = process.argv.indexOf(`--${name}`)
  if (at === -1) return undefined
  const value = Number(process.argv[at + 1] || Number.NaN)
  if (value >= 0 && value <= 2 ** 32) return value
  throw new RangeError(`--${name} takes a number, not ${process.argv[at + 1] ?? 'nothing'}`)
}
