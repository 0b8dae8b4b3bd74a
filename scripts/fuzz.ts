/**
 * All fuzz targets (packages/x/fuzz/x.fuzz.ts), one a core at a time, sharing the seconds given:
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
if (targets.length === 0) {
  console.error(`no fuzz target is named like ${positionals.join(' ')}`)
  process.exit(2)
}
const workers = Math.min(availableParallelism(), targets.length)
const seconds = Math.max(1, Math.floor((Number(values.seconds) * workers) / targets.length))

/** Runs one target; true when it found nothing. */
async function fuzz(path: string): Promise<boolean> {
  const seed = values.seed === undefined ? [] : ['--seed', values.seed]
  const args = ['--conditions=@parlour/source', path, '--seconds', String(seconds), ...seed]
  const { ok, output } = await runProgram(root, 'node', args, { timeout: seconds * 2000 + 30_000 })
  const said = ok ? output.trim().split('\n').slice(-1) : output.trim().split('\n').slice(-60)
  console.log(`${ok ? '✓' : '✗'} ${basename(path, '.fuzz.ts')} ${seconds} s  ${said.join('\n  ')}`)
  return ok
}

const waiting = [...targets]
const results: boolean[] = []
async function work(): Promise<void> {
  for (let path = waiting.shift(); path; path = waiting.shift()) results.push(await fuzz(path))
}
await Promise.all(Array.from({ length: workers }, work))
const failed = results.filter((ok) => !ok).length
writeCounts(results.length - failed, failed)
console.log(`${results.length - failed} fuzz targets passed, ${failed} failed`)
process.exitCode = failed ? 1 : 0
