/** The checks that other programs make: each is one fault when its command fails, and the command's own words are shown. */
import { checkBrowserSize } from './browser-size.ts'
import { checkChangesets } from './changesets.ts'
import { checkDocuments } from './documents.ts'
import { checkExamples } from './examples.ts'
import { checkLockfile } from './lockfile.ts'
import { checkPinnedNode } from './pinned-node.ts'
import { runProgram } from './run-program.ts'
import type { Problem, Workspace } from './workspace.ts'

type Command = (root: string, workspace: Workspace) => Promise<Problem[]>

function command(program: string, args: readonly string[], fix: string): Command {
  return async (root) => {
    const { ok, output } = await runProgram(root, program, args)
    const said = output.trim().split('\n').slice(0, 200).join('\n    ')
    return ok ? [] : [{ file: `${program} ${args.join(' ')}`, rule: program, problem: `\n    ${said}\n `, fix }]
  }
}

export const COMMANDS: Readonly<Record<string, Command>> = {
  'lockfile is current, names no registry': checkLockfile,
  'pinned Node.js': checkPinnedNode,
  'generated docs are current': checkDocuments,
  'changesets name what changed': checkChangesets,
  'browser bundles within budget': checkBrowserSize,

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
  'README examples compile': checkExamples,
  'types (tsc)': command('tsc', ['-p', 'tsconfig.json', '--pretty', 'false'], 'correct the types'),
}
