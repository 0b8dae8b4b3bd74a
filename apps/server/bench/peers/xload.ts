import { join } from 'node:path'
import { BenchError, type Lab, run } from './lab.ts'
import type { BenchServer, Member } from './servers.ts'

/** What one run of the load generator found: its JSON line. */
export type Measurement = Readonly<Record<string, number | string>>

/** Runs a scenario against a server, or two. @throws BenchError when it comes to no result */
export async function measure(
  lab: Lab,
  { name, members }: Pick<BenchServer, 'name' | 'members'>,
  args: readonly string[],
): Promise<Measurement> {
  const cache = join(lab.folder, `scram.${members.map(({ id }) => id).join('.')}`)
  const pids = members.map(({ pid }) => pid).join()
  const target = [...members.flatMap(addressOf), '--pid', pids, '--pid-tree', '--scram-cache', cache]
  const { output, errors } = await run('./xload', [...args, ...target], lab.tools)
  const line = output.trim().split('\n').at(-1) ?? ''
  if (!line.startsWith('{')) throw new BenchError(`${name}: xload ${args.join(' ')}: ${errors || 'no result'}`)
  return JSON.parse(line)
}

/** The options for the first server, and for the second. */
function addressOf({ place: { address, domain }, port }: Member, index: number): string[] {
  const suffix = index === 0 ? '' : '2'
  return [`--host${suffix}`, address, `--port${suffix}`, String(port), `--domain${suffix}`, domain]
}

/** Counts of what must be none; the names are the generator's. */
const FAULTS = [
  ...['lost', 'dup', 'misorder', 'wrong_recipient', 'corrupt', 'errors', 'failed', 'closed'],
  ...['iq_errors', 'unexpected', 'skipped', 'unfinished_senders'],
]

/** A run in which nothing came through: its figures say nothing. */
export const isEmpty = ({ count }: Measurement): boolean => count === 0

/** The faults of several runs, as `lost 3, dup 1`; empty when there was none. */
export function faults(measurements: readonly Measurement[]): string {
  const empty = ['runs without result', measurements.filter(isEmpty).length] as const
  return [...countedFaults(measurements), empty]
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}

function countedFaults(measurements: readonly Measurement[]): (readonly [string, number])[] {
  return FAULTS.map((name) => [name, sum(measurements.map((found) => Number(found[name] ?? 0)))])
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)

/** The middle one; the mean of the middle two. NaN for none; what is NaN itself does not count. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.filter(Number.isFinite).sort((a, b) => a - b)
  const half = sorted.length >> 1
  if (sorted.length % 2) return sorted[half] as number
  return ((sorted[half - 1] ?? Number.NaN) + (sorted[half] ?? Number.NaN)) / 2
}
