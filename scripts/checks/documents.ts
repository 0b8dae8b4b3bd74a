/** What is generated from the sources says what the sources say. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type GeneratedDocument, withGenerated } from '../docs/document.ts'
import { DOCUMENTS } from '../docs/index.ts'
import type { Problem, Workspace } from './workspace.ts'

export async function checkDocuments(
  root: string,
  workspace: Workspace,
  documents: readonly GeneratedDocument[] = DOCUMENTS,
): Promise<Problem[]> {
  const problems = documents.map(async ({ path, region, text }): Promise<Problem[]> => {
    const file = join(root, path)
    const current = existsSync(file) ? readFileSync(file, 'utf8') : ''
    const next = withGenerated(current, region, await text(workspace, root))
    const problem = next === undefined ? `has no place for the generated ${region}` : 'is not what the sources say'
    return next === current ? [] : [{ file: path, rule: 'generated-docs', problem, fix: 'npx -y pnpm@12 run docs' }]
  })
  return (await Promise.all(problems)).flat()
}
