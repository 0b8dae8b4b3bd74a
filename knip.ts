import { globSync } from 'node:fs'
import type { KnipConfig } from 'knip'

/** Programs that nothing imports. Only patterns that match: knip takes one without a match for a mistake. */
const PROGRAMS = ['src/**/*.bench.ts', 'bench/*.ts', 'fuzz/*.ts', 'scripts/*.ts', 'test/**/*.ts']
const folders = globSync('{packages,apps}/*/package.json').map((path) => path.replace(/\/package\.json$/, ''))
const programs = (folder: string) => PROGRAMS.filter((pattern) => globSync(`${folder}/${pattern}`).length > 0)

export default {
  workspaces: {
    '.': { entry: ['scripts/*.ts', 'scripts/docs/*.ts'], project: ['scripts/**/*.ts', '*.ts'] },
    ...Object.fromEntries(folders.map((folder) => [folder, { entry: programs(folder), project: ['**/*.ts'] }])),
  },
} satisfies KnipConfig
