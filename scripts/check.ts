/**
 * All checks, the fast ones first: `pnpm check`, or `pnpm check tier cycles` for those whose name has one of the words.
 * Fails when one fails; each fault is one line: file, rule, what is wrong → what to do.
 */
import { resolve } from 'node:path'
import { ARCHITECTURE } from './checks/architecture.ts'
import { COMMANDS } from './checks/commands.ts'
import { type Problem, readWorkspace } from './checks/workspace.ts'
import { writeCounts } from './counts.ts'

const root = resolve(import.meta.dirname, '..')
const words = process.argv.slice(2)
const colour = (code: number, text: string) =>
  process.stdout.isTTY || process.env.CI ? `\x1b[${code}m${text}\x1b[0m` : text

function line({ file, line, rule, problem, fix }: Problem): string {
  return `  ${colour(31, line ? `${file}:${line}` : file)}  ${rule}: ${problem}  → ${fix}`
}

/** Runs one check and says how it went; true when it found nothing. */
async function run(name: string, check: () => Problem[] | Promise<Problem[]>): Promise<boolean> {
  const start = performance.now()
  const problems = await check()
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  const verdict = problems.length === 0 ? colour(32, '✓') : colour(31, '✗')
  console.log(`${verdict} ${name} ${colour(2, `${seconds} s`)}${problems.length ? ` ${problems.length} to mend` : ''}`)
  for (const problem of problems) console.log(line(problem))
  return problems.length === 0
}

const workspace = readWorkspace(root)
const all = [
  ...Object.entries(ARCHITECTURE).map(([name, check]) => [name, () => check(workspace)] as const),
  ...Object.entries(COMMANDS).map(([name, check]) => [name, () => check(root, workspace)] as const),
].filter(([name]) => words.length === 0 || words.some((word) => name.includes(word)))

if (all.length === 0) {
  console.error(
    `no check is named like ${words.join(' ')}; they are: ${Object.keys({ ...ARCHITECTURE, ...COMMANDS }).join(', ')}`,
  )
  process.exit(2)
}
const results: boolean[] = []
for (const [name, check] of all) results.push(await run(name, check))
const failed = results.filter((ok) => !ok).length
writeCounts(results.length - failed, failed)
console.log(`${results.length - failed} checks passed, ${failed} failed`)
process.exitCode = failed ? 1 : 0
