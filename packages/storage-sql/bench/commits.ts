/**
 * Commits a second, fsyncs, and CPU for each commit, of the whole process and of the main thread alone.
 * `node --conditions=@parlour/source packages/storage-sql/bench/commits.ts [--seconds 3] [--folder DIRECTORY]`
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Write } from '@parlour/storage'
import { createSqliteStorage, type SqliteStorage } from '../src/index.ts'

const { values } = parseArgs({ options: { seconds: { type: 'string' }, folder: { type: 'string' } } })
const seconds = Number(values.seconds ?? 3)
const folder = mkdtempSync(join(values.folder ?? tmpdir(), 'parlour-bench-'))
const value = 'x'.repeat(300)
let number = 0

const append = (): Write[] => {
  const n = ++number
  const owner = `user${n % 1000}@example.org`
  return [
    {
      type: 'append',
      archive: 'messages',
      owner,
      id: n.toString(36).padStart(12, '0'),
      at: n,
      with: 'peer@example.org',
      value,
    },
  ]
}
const put = (): Write[] => {
  const n = ++number
  return [
    { type: 'put', store: 'sessions', owner: `user${n % 1000}@example.org`, key: 'state', value: { h: n, value } },
  ]
}

/** `width` callers, each committing again as soon as it is acknowledged. */
async function measure(storage: SqliteStorage, title: string, width: number, make: () => Write[]): Promise<void> {
  const end = performance.now() + seconds * 1000
  let commits = 0
  const caller = async () => {
    while (performance.now() < end) {
      await storage.commit(make())
      commits++
    }
  }
  const [cpu, main, begin] = [process.cpuUsage(), process.threadCpuUsage(), performance.now()]
  await Promise.all(Array.from({ length: width }, caller))
  const elapsed = (performance.now() - begin) / 1000
  const [all, own] = [process.cpuUsage(cpu), process.threadCpuUsage(main)]
  const each = (usage: { user: number; system: number }) => ((usage.user + usage.system) / commits).toFixed(1)
  console.log(
    `${title.padEnd(8)} ${String(width).padStart(5)} at a time: ${Math.round(commits / elapsed)} commits/s, ` +
      `CPU per commit ${each(all)} µs, of which main thread ${each(own)} µs`,
  )
}

try {
  await using storage = await createSqliteStorage({ file: join(folder, 'bench.db') })
  for (const width of [1, 10, 100, 1000]) await measure(storage, 'append', width, append)
  for (const width of [1, 100, 1000]) await measure(storage, 'put', width, put)
} finally {
  rmSync(folder, { recursive: true })
}
