/** Every published package whose sources differ from the last release is named in a changeset, and no other name is. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runProgram } from './run-program.ts'
import type { Package, Problem, Workspace } from './workspace.ts'

const ENTRY = /^['"]?([^'"\n]+)['"]?: (?:major|minor|patch)$/

/** The lines of the front matter of a changeset. */
function entriesOf(changeset: string): string[] {
  const frontMatter = changeset.match(/^---\n([\s\S]*?)\n?---$/m)?.[1] ?? ''
  return frontMatter.split('\n').filter((line) => line.trim() !== '')
}

/** The packages that the front matter of a changeset names. */
export function namedIn(changeset: string): string[] {
  return entriesOf(changeset).flatMap((line) => line.match(ENTRY)?.[1] ?? [])
}

export function changesetProblems(changed: readonly Package[], changesets: readonly string[]): Problem[] {
  const named = new Set(changesets.flatMap(namedIn))
  return changed
    .filter((p) => !p.manifest.private && !named.has(p.name))
    .map((p) => ({
      file: `${p.folder}/src`,
      rule: 'changeset',
      problem: `${p.name} changed since its last release and no changeset names it`,
      fix: 'npx -y pnpm@12 changeset, and commit the file it writes',
    }))
}

/** Of changesets by their paths: the release would fail, or leave a change out. */
export function nameProblems(changesets: ReadonlyMap<string, string>, names: ReadonlySet<string>): Problem[] {
  const fix = 'name packages of this repository between the lines `---`: `"@parlour/xml": patch`'
  return [...changesets].flatMap(([file, text]) =>
    entriesOf(text)
      .filter((line) => !names.has(line.match(ENTRY)?.[1] ?? ''))
      .map((line) => ({ file, rule: 'changeset', problem: `\`${line}\` names no package`, fix })),
  )
}

/** The tag of the last release of a package, as changesets makes it; undefined before the first. */
async function lastRelease(root: string, { name, manifest }: Package): Promise<string | undefined> {
  const tag = `${name}@${manifest.version}`
  const { ok } = await runProgram(root, '/usr/bin/env', ['git', 'rev-parse', '--verify', '--quiet', `refs/tags/${tag}`])
  return ok ? tag : undefined
}

async function hasChanged(root: string, p: Package): Promise<boolean> {
  const tag = await lastRelease(root, p)
  if (!tag) return true
  const difference = ['git', 'diff', '--quiet', tag, '--', `${p.folder}/src`, `:!${p.folder}/src/**/*.test.ts`]
  return !(await runProgram(root, '/usr/bin/env', difference)).ok
}

export async function checkChangesets(root: string, workspace: Workspace): Promise<Problem[]> {
  const changed: Package[] = []
  for (const p of workspace.packages) if (await hasChanged(root, p)) changed.push(p)
  const { output } = await runProgram(root, '/usr/bin/env', [
    'git',
    'ls-files',
    '-co',
    '--exclude-standard',
    '.changeset/*.md',
  ])
  const files = output.split('\n').filter((path) => path && !path.endsWith('README.md'))
  const texts = new Map(files.map((path) => [path, readFileSync(join(root, path), 'utf8')]))
  const names = new Set(workspace.packages.map(({ name }) => name))
  return [...changesetProblems(changed, [...texts.values()]), ...nameProblems(texts, names)]
}
