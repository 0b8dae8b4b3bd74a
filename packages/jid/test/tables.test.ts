import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

test('src/tables.generated.ts is what the Unicode data gives', { timeout: 60_000 }, () => {
  const script = join(import.meta.dirname, '../scripts/generate-tables.ts')
  expect(execFileSync(process.execPath, [script, '--check'], { encoding: 'utf8' })).toBe('')
})
