import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const packageFolder = resolve(import.meta.dirname, '..')
const built = mkdtempSync(join(packageFolder, 'node_modules/.built-'))
afterAll(() => rmSync(built, { recursive: true }))

test('the built package starts its built worker', { timeout: 60_000 }, () => {
  const options = { cwd: packageFolder, encoding: 'utf8' } as const
  execFileSync('tsup', ['--config', '../../tsup.config.ts', '--out-dir', built, '--silent'], options)
  const script = `
    import { createSqliteStorage } from ${JSON.stringify(join(built, 'index.js'))}
    await using storage = await createSqliteStorage({ file: ':memory:' })
    await storage.commit([{ type: 'put', store: 's', owner: 'o', key: 'k', value: 'from the built worker' }])
    console.log(await storage.get('s', 'o', 'k'))`
  // In a fresh clone the packages that this one depends on are not built: they come from their sources.
  const env = { ...process.env, NODE_OPTIONS: '--conditions=@parlour/source' }
  const output = execFileSync('node', ['--input-type=module', '-e', script], { ...options, env })
  expect(output.trim()).toBe('from the built worker')
})
