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

const files = { 'a file': () => join(folder, `${++opened}.db`), memory: () => ':memory:' }

for (const [where, file] of Object.entries(files)) {
  describe(`the SQLite storage in ${where} conforms`, () => {
    for (const { title, run } of storageCases) {
      test(title, async () => {
        await expect(run(() => createSqliteStorage({ file: file() }))).resolves.toBeUndefined()
      })
    }
  })
}
