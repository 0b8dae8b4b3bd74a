import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Write } from '@parlour/storage'
import { test } from 'vitest'
import { createSqliteStorage } from './index.ts'

const folder = mkdtempSync(join(tmpdir(), 'parlour-bench-'))
const storage = await createSqliteStorage({ file: join(folder, 'bench.db') })
process.once('exit', () => rmSync(folder, { recursive: true }))

const value = 'x'.repeat(300)
let number = 0

function append(): Write[] {
  const n = ++number
  const id = n.toString(36).padStart(12, '0')
  return [{ type: 'append', archive: 'messages', owner: `user${n % 1000}@example.org`, id, at: n, value }]
}

async function commitTogether(count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => storage.commit(append())))
}

test('durable appends of 300 bytes', async ({ bench }) => {
  await bench.compare(
    bench('1 commit', () => commitTogether(1)),
    bench('100 commits together', () => commitTogether(100)),
    bench('1000 commits together', () => commitTogether(1000)),
  )
})

test('reads', async ({ bench }) => {
  await bench.compare(
    bench('a record', async () => {
      await storage.get('s', 'o', 'k')
    }),
    bench('a page of 50', async () => {
      await storage.readArchive('messages', 'user1@example.org', { max: 50 })
    }),
  )
})
