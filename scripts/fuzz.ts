/**
 * All fuzz targets (packages/x/fuzz/x.fuzz.ts), each for so many seconds, at most two at a time:
 * `pnpm fuzz`, `pnpm fuzz --seconds 600 jid sasl`, `pnpm fuzz --seed 7 xml-stream`.
 */
import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { basename, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { runProgram } from './checks/run-program.ts'
import { writeCounts } from './counts.ts'

const root = resolve(import.meta.dirname, '..')
const options = { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } } as const
const { values, positionals } = parseArgs({ options, allowPositionals: true })
const targets = globSync('{packages,apps}/*/fuzz/*.fuzz.ts', { cwd: root })
  .filter((path) => positionals.length === 0 || positionals.some((word) => path.includes(word)))
  .sort()
const seconds = Number(values.seconds)
if (!(seconds > 0)) {
  console.error(`--seconds takes a number above 0, not ${values.seconds}`)
  process.exit(2)
}
if (targets.length === 0) {
  console.error(`no fuzz target is named like ${positionals.join(' ')}`)
  process.exit(2)
}
/** Two cores are what CI has; a target that shares its core tries fewer inputs. */
const workers = Math.min(2, availableParallelism(), targets.length)
const nameOf = (path: string) => basename(path, '.fuzz.ts')

/** Runs one target; true when it found nothing. */
async function fuzz(path: string, at: string): Promise<boolean> {
  console.log(`  ${nameOf(path)}: ${at}, ${seconds} s`)
  const seed = values.seed === undefined ? [] : ['--seed', values.seed]
  const args = ['--expose-gc', '--conditions=@parlour/source', path, '--seconds', String(seconds), ...seed]
  const { ok, output } = await runProgram(root, 'node', args, { timeout: seconds * 2000 + 30_000 })
  const said = ok ? output.trim().split('\n').slice(-1) : output.trim().split('\n').slice(-60)
  console.log(`${ok ? '✓' : '✗'} ${nameOf(path)}: ${said.join('\n  ')}`)
  return ok
}

const minutes = Math.ceil((Math.ceil(targets.length / workers) * seconds) / 60)
console.log(`${targets.length} fuzz targets, ${seconds} s each, ${workers} at a time: about ${minutes} min`)
const waiting = [...targets.entries()]
const results: boolean[] = []
async function work(): Promise<void> {
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    results.push(await fuzz(next[1], `${next[0] + 1} of ${targets.length}`))
  }
}
await Promise.all(Array.from({ length: workers }, work))
const failed = results.filter((ok) => !ok).length
writeCounts(results.length - failed, failed)
console.log(`${results.length - failed} fuzz targets passed, ${failed} failed`)
process.exitCode = failed ? 1 : 0
