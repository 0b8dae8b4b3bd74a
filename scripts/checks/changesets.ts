/** Every published package whose sources differ from the last release is named in a changeset. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runProgram } from './run-program.ts'
import type { Package, Problem, Workspace } from './workspace.ts'

/** The packages that the front matter of a changeset names. */
export function namedIn(changeset: string): string[] {
  const frontMatter = changeset.match(/^---\n([\s\S]*?)\n---$/m)?.[1] ?? ''
  return [...frontMatter.matchAll(/^['"]?([^'"\n]+)['"]?: (?:major|minor|patch)$/gm)].map((match) => match[1] ?? '')
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
  return changesetProblems(
    changed,
    files.map((path) => readFileSync(join(root, path), 'utf8')),
  )
}
