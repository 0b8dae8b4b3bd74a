/** pnpm-lock.yaml says what the package.json files say, so that a clean clone installs; and it works with any registry. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Manifest, Problem, Workspace } from './workspace.ts'

const FILE = 'pnpm-lock.yaml'

/** `folder dependency` → specifier, of the `importers` of a lockfile. */
function lockedSpecifiers(lockfile: string): Map<string, string> {
  const found = new Map<string, string>()
  let folder = ''
  let dependency = ''
  const importers = lockfile.match(/^importers:\n([\s\S]*?)^\S/m)?.[1] ?? ''
  for (const line of importers.split('\n')) {
    const [, indent = '', key = '', value = ''] = line.match(/^( +)'?([^':]+)'?:(?: '?([^']*)'?)?$/) ?? []
    if (indent.length === 2) folder = key
    else if (indent.length === 6) dependency = key
    else if (indent.length === 8 && key === 'specifier') found.set(`${folder} ${dependency}`, value)
  }
  return found
}

function declaredSpecifiers(folder: string, manifest: Manifest): [string, string][] {
  const all = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.peerDependencies }
  return Object.entries(all).map(([name, specifier]) => [`${folder} ${name}`, specifier])
}

/** Faults of a lockfile against the manifests. */
export function lockfileProblems(lockfile: string, { root, packages }: Workspace): Problem[] {
  const locked = lockedSpecifiers(lockfile)
  const declared = new Map([
    ...declaredSpecifiers('.', root),
    ...packages.flatMap((p) => declaredSpecifiers(p.folder, p.manifest)),
  ])
  const differs = [...new Set([...locked.keys(), ...declared.keys()])].filter((k) => locked.get(k) !== declared.get(k))
  const stale = differs.map((key) => ({
    file: FILE,
    rule: 'lockfile',
    problem: `${key}: locked ${locked.get(key) ?? 'not at all'}, declared ${declared.get(key) ?? 'not at all'}`,
    fix: 'npx -y pnpm@12 install, and commit pnpm-lock.yaml',
  }))
  const addresses = [...lockfile.matchAll(/^.*https?:\/\/.*$/gm)].map(([line]) => ({
    file: FILE,
    rule: 'lockfile',
    problem: `names a host: ${line.trim()}`,
    fix: 'remove the address: the registry is the reader’s choice',
  }))
  return [...stale, ...addresses]
}

export async function checkLockfile(root: string, workspace: Workspace): Promise<Problem[]> {
  return lockfileProblems(readFileSync(join(root, FILE), 'utf8'), workspace)
}
