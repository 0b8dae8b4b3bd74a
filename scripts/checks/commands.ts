/** The checks that other programs make: each is one fault when its command fails, and the command's own words are shown. */
import { spawn } from 'node:child_process'
import type { Problem, Workspace } from './workspace.ts'

type Command = (root: string, workspace: Workspace) => Promise<Problem[]>

/** Runs a program of node_modules/.bin, or the running Node.js; its output, and whether it went well. */
export function runProgram(
  root: string,
  program: string,
  args: readonly string[],
): Promise<{ ok: boolean; output: string }> {
  const path = program === 'node' ? process.execPath : `${root}/node_modules/.bin/${program}`
  return new Promise((done) => {
    const child = spawn(path, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.on('error', (error) => done({ ok: false, output: String(error) }))
    child.on('close', (code) => done({ ok: code === 0, output: Buffer.concat(chunks).toString() }))
  })
}

function command(program: string, args: readonly string[], fix: string): Command {
  return async (root) => {
    const { ok, output } = await runProgram(root, program, args)
    const said = output.trim().split('\n').slice(0, 200).join('\n    ')
    return ok ? [] : [{ file: `${program} ${args.join(' ')}`, rule: program, problem: `\n    ${said}\n `, fix }]
  }
}

export const COMMANDS: Readonly<Record<string, Command>> = {
  'format and lint (biome)': command(
    'biome',
    ['check', '--error-on-warnings', '--max-diagnostics=50', '.'],
    '`pnpm format` mends most of it',
  ),
  'unused files, exports, dependencies (knip)': command(
    'knip',
    ['--no-progress', '--treat-config-hints-as-errors'],
    'delete what is unused, or export it from the index.ts of its package',
  ),
  'types (tsc)': command('tsc', ['-p', 'tsconfig.json', '--pretty', 'false'], 'correct the types'),
}
