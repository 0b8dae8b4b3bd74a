/** Writes the generated documents: `pnpm docs`. `pnpm check docs` says which are not current. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { readWorkspace } from './checks/workspace.ts'
import { withGenerated } from './docs/document.ts'
import { DOCUMENTS } from './docs/index.ts'

const root = resolve(import.meta.dirname, '..')
const workspace = readWorkspace(root)
for (const { path, region, text } of DOCUMENTS) {
  const file = join(root, path)
  const current = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const next = withGenerated(current, region, await text(workspace, root))
  if (next === undefined) {
    console.error(`${path} has no "<!-- generated: ${region} -->" … "<!-- end -->"`)
    process.exitCode = 1
  } else if (next !== current) {
    writeFileSync(file, next)
    console.log(`wrote ${path}`)
  }
}
