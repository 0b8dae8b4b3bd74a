/** The Node.js that engines are checked against is the Node.js that runs. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Problem } from './workspace.ts'

const FILE = 'pnpm-workspace.yaml'

export function pinnedNodeProblems(settings: string, running: string): Problem[] {
  const named = settings.match(/^nodeVersion: (\S+)$/m)?.[1]
  if (named === running) return []
  const problem = `nodeVersion is ${named ?? 'missing'}, scripts run on ${running}`
  return [
    { file: FILE, rule: 'pinned-node', problem, fix: 'set nodeVersion to the version of `node` in devDependencies' },
  ]
}

export async function checkPinnedNode(root: string): Promise<Problem[]> {
  return pinnedNodeProblems(readFileSync(join(root, FILE), 'utf8'), process.versions.node)
}
