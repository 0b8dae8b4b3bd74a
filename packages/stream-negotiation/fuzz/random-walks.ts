/** What the fuzz targets of machines share: inputs in any order, which are noted, until something does not hold. */
import { fuzzing } from '@parlour/testing'

const { pick, random, run } = fuzzing()

export { pick, random }

/** Time stands still. */
export const environment = {
  now: () => 0,
  setTimer: () => () => {},
  randomBytes: (n: number) => Uint8Array.from({ length: n }, () => random(256)),
}

/** @throws {Error} with the claim, when it does not hold */
export function check(holds: boolean, claim: string): void {
  if (!holds) throw new Error(claim)
}

/** Gives a machine inputs, and notes each before it is given. */
type Walk = (inputs: unknown[]) => void

/** One walk after the other, any of these, until the time is over. */
export async function takeWalks(walks: readonly Walk[]): Promise<void> {
  const conversations = await run<{ readonly walk: Walk; readonly inputs: unknown[] }>({
    make: () => ({ walk: pick(walks), inputs: [] }),
    attempt: ({ walk, inputs }) => walk(inputs),
    print: ({ walk, inputs }) => [walk.name, ...inputs.map((input) => JSON.stringify(input))].join('\n'),
    maxMilliseconds: 1000,
  })
  console.log(`${conversations} conversations`)
}
