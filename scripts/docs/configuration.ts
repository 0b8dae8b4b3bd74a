/** docs/configuration.md, between its generated lines: every setting, as `parlour config reference` prints them. */
import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { GeneratedDocument } from './document.ts'

export const configuration: GeneratedDocument = {
  path: 'docs/configuration.md',
  region: 'settings',
  async text(_, root) {
    const args = ['--conditions=@parlour/source', join(root, 'apps/server/src/bin.ts'), 'config', 'reference']
    // Neither a configuration nor an environment of whoever runs this is to be seen in it.
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: tmpdir(), env: {} })
    return stdout
  },
}
