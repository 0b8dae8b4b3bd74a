/** The examples of the READMEs compile against the sources, with no build. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { allExamples, type Example, writeExamples } from '../readme-examples.ts'
import { runProgram } from './run-program.ts'
import type { Problem, Workspace } from './workspace.ts'

/** `paths` of TypeScript: each entry of each package to its source. */
function sourcePaths(root: string, { packages }: Workspace): Record<string, string[]> {
  const entries = packages.flatMap(({ name, folder, manifest }) =>
    Object.entries(manifest.exports ?? {}).map(([entry, { '@parlour/source': source }]) => [
      `${name}${entry.slice(1)}`,
      [join(root, folder, source ?? '')],
    ]),
  )
  return Object.fromEntries(entries)
}

/** `../x/jid-1.ts(3,5): error TS2322: …` said of the README. */
function problemOf(line: string, examples: readonly Example[]): Problem | undefined {
  const [, path = '', at, message = ''] = line.match(/^(.*)\((\d+),\d+\): (.*)$/) ?? []
  const example = examples.find((e) => e.file === basename(path))
  const fix = 'correct the example, or what it shows'
  if (!example) return undefined
  const file = `${example.package.folder}/README.md`
  return { file, line: example.line + Number(at) - 1, rule: 'readme-example', problem: message, fix }
}

/** It failed, and at none of the examples. */
const notCompiled = (output: string): Problem => ({
  ...{ file: 'scripts/checks/examples.ts', rule: 'readme-example', problem: output.trim().slice(0, 2000) },
  fix: 'see why the examples cannot be compiled at all',
})

export async function checkExamples(root: string, workspace: Workspace): Promise<Problem[]> {
  const folder = mkdtempSync(join(root, 'node_modules/.readme-examples-'))
  const examples = allExamples(workspace)
  try {
    writeExamples(folder, examples)
    const compilerOptions = {
      noEmit: true,
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
      paths: sourcePaths(root, workspace),
      noUnusedLocals: false,
    }
    const config = { extends: join(root, 'tsconfig.base.json'), compilerOptions, include: ['*.ts'] }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    const { ok, output } = await runProgram(root, 'tsc', ['-p', folder, '--pretty', 'false'])
    const problems = output.split('\n').flatMap((line) => problemOf(line, examples) ?? [])
    return ok || problems.length > 0 ? problems : [notCompiled(output)]
  } finally {
    rmSync(folder, { recursive: true })
  }
}
