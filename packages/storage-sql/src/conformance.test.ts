import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { storageCases } from '@parlour/storage/conformance'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSqliteStorage } from './index.ts'

let folder = ''
let opened = 0
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'parlour-storage-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('the SQLite storage conforms', () => {
  for (const { title, run } of storageCases) {
    test(title, async () => {
      await expect(run(() => createSqliteStorage({ file: join(folder, `${++opened}.db`) }))).resolves.toBeUndefined()
    })
  }
})

test('`:memory:` needs no file', async () => {
  await using storage = await createSqliteStorage({ file: ':memory:' })
  await storage.commit([{ type: 'put', store: 's', owner: 'o', key: 'k', value: 1 }])
  expect(await storage.get('s', 'o', 'k')).toBe(1)
})
