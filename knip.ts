import { globSync, readFileSync } from 'node:fs'
import type { KnipConfig } from 'knip'

/** Programs that nothing imports. Only patterns that match: knip takes one without a match for a mistake. */
const PROGRAMS = [
  'src/**/*.bench.ts',
  'bench/**/*.ts',
  'fuzz/*.ts',
  'scripts/*.ts',
  'src/testing/*.ts',
  'test/**/*.ts',
  'examples/*.ts',
]
const folders = globSync('{packages,apps}/*/package.json').map((path) => path.replace(/\/package\.json$/, ''))

/** The modules of a package that are started, not imported: its programs, and what `parlour.bins` has built. */
function programs(folder: string): string[] {
  const { parlour, bin } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
  const commands = Object.values<string>(bin ?? {}).map((path) => path.replace('dist', 'src').replace(/\.js$/, '.ts'))
  const started = (parlour.bins ?? []).filter((path: string) => !commands.includes(path))
  const patterns = [...PROGRAMS, ...started.map((path: string) => path.replace(/^\.\//, ''))]
  return patterns.filter((pattern) => globSync(`${folder}/${pattern}`).length > 0)
}

export default {
  // Started by scripts/packed.ts by name.
  ignoreDependencies: ['@arethetypeswrong/cli', 'publint'],
  // Of the system: the interoperability tests make certificates, the storage trial a disk that fails.
  ignoreBinaries: ['openssl', 'umount', 'prlimit'],
  // A generator writes all tables, used or not.
  ignoreIssues: { '**/*.generated.ts': ['exports'] },
  workspaces: {
    '.': { entry: ['scripts/*.ts'], project: ['scripts/**/*.ts', '*.ts'] },
    ...Object.fromEntries(folders.map((folder) => [folder, { entry: programs(folder), project: ['**/*.ts'] }])),
  },
} satisfies KnipConfig
