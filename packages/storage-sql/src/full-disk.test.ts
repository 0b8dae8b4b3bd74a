import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Write } from '@parlour/storage'
import { afterAll, expect, test } from 'vitest'
import { compileForSqlite } from './compile.ts'
import { encodeCommit } from './encode.ts'
import type { PageRequest, PageRows, ReadRequest, Reply, Word } from './messages.ts'
import { packOperations } from './operations-text.ts'
import { SqliteFile } from './sqlite-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'parlour-full-'))
afterAll(() => rmSync(folder, { recursive: true }))

const owner = 'juliet@example.org'
const append = (n: number, value: string, archive: string): Write => ({
  ...{ type: 'append', archive, owner, id: String(n).padStart(6, '0'), at: n, value },
  ...{ with: 'romeo@example.net', text: 'balcony' },
})
const everything: PageRequest = {
  ...{ from: '', to: '\x7f', start: undefined, end: undefined, with: undefined, ids: undefined, search: undefined },
  ...{ max: 3, reverse: true, count: false },
}

/** A file of which no page is left, with 600 entries that are not indexed. */
function full(name: string) {
  const file = new SqliteFile({
    ...{ file: join(folder, name), sql: compileForSqlite(), busyTimeout: 0, maxPages: 300 },
  })
  const ask = (writes: readonly Write[], ...reads: ReadRequest[]) => {
    const words: Word[] = []
    if (writes.length > 0) encodeCommit(writes, words)
    return file.answer({ operations: packOperations(words), reads }) as Extract<Reply, { reads: unknown }>
  }
  ask(Array.from({ length: 600 }, (_, n) => append(n, 'x', 'a')))
  let stored = 0
  const large = 'x'.repeat(3000)
  while (stored < 1000 && ask([append(stored, large, `archive ${stored}`)]).failures.length === 0) stored++
  return { file, ask, stored }
}

const idsOf = (reply: ReturnType<ReturnType<typeof full>['ask']>) =>
  reply.reads.map((read) => ('found' in read ? (read.found as PageRows).rows.map(([id]) => Number(id)) : read.failure))

test('a full disk: what was exchanged with somebody is found, though there is no room to index it', () => {
  const { file, ask, stored } = full('with.db')
  expect(stored).toBeGreaterThan(40)
  const page: ReadRequest = ['page', 'a', owner, { ...everything, with: 'romeo@example.net' }]
  for (let times = 0; times < 2; times++) expect(idsOf(ask([], page))).toEqual([[599, 598, 597]])
  file.close()
})
