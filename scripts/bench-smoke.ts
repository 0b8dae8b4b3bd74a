/** Runs each bench file once, so that none is broken; its numbers are shown, not judged. `pnpm bench` is for measuring. */
import { globSync } from 'node:fs'
import { resolve } from 'node:path'
import { runProgram } from './checks/run-program.ts'
import { writeCounts } from './counts.ts'

const root = resolve(import.meta.dirname, '..')
const files = globSync('{packages,apps}/*/{src,bench}/**/*.bench.ts', { cwd: root }).sort()
let failed = 0
for (const file of files) {
  const { ok, output } = await runProgram(root, 'vitest', ['bench', '--run', file], { timeout: 120_000 })
  console.log(`${ok ? '✓' : '✗'} ${file}`)
  console.log(
    output
      .trim()
      .split('\n')
      .slice(ok ? 2 : -60)
      .join('\n'),
  )
  if (!ok) failed++
}
writeCounts(files.length - failed, failed)
console.log(`${files.length - failed} bench files passed, ${failed} failed`)
process.exitCode = failed ? 1 : 0
