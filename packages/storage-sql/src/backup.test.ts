import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, test } from 'vitest'
import { backUp } from './backup.ts'

const folder = mkdtempSync(join(tmpdir(), 'parlour-backup-'))
afterAll(() => rmSync(folder, { recursive: true }))

const file = join(folder, 'a.db')
const db = new DatabaseSync(file)
db.exec(
  'create table t (x); with recursive n(i) as (select 1 union all select i + 1 from n where i < 500) insert into t select randomblob(2000) from n',
)
db.close()

/** In a process whose files may have 200 KiB: they take a part of what is written, as on a disk that becomes full. */
function backUpWithoutRoom(destination: string): string {
  const program = `import { backUp } from ${JSON.stringify(new URL('backup.ts', import.meta.url).href)}
    try { backUp(${JSON.stringify({ file, destination })}) } catch ({ name, message }) { console.log(name, message) }`
  const line = `ulimit -f 400; exec "$0" --conditions=@parlour/source --input-type=module -e "$1"`
  return execFileSync('sh', ['-c', line, process.execPath, program], { encoding: 'utf8' })
}

test('one that becomes too large leaves no part of it, and says so', () => {
  const destination = join(folder, 'part.db')
  expect(backUpWithoutRoom(destination)).toMatch(/^StorageError .*part\.db: no backup was made: .*disk/)
  expect(readdirSync(folder)).toEqual(['a.db'])
})

test('what was there before stays as it was', () => {
  const destination = join(folder, 'there.db')
  for (const text of ['', 'something']) {
    writeFileSync(destination, text)
    expect(() => backUp({ file, destination })).toThrow('exists already')
    expect(readFileSync(destination, 'utf8')).toBe(text)
  }
})

test('a folder that is not there, a database that is none: nothing is left', () => {
  expect(() => backUp({ file, destination: join(folder, 'none', 'copy.db') })).toThrow('no backup was made')
  const other = join(folder, 'other.db')
  writeFileSync(other, 'no database '.repeat(1000))
  expect(() => backUp({ file: other, destination: join(folder, 'copy.db') })).toThrow('no backup was made')
  expect(readdirSync(folder)).not.toContain('copy.db')
})

test('a copy can be read by whom its database can be read', () => {
  chmodSync(file, 0o640)
  const secret = join(folder, 'secret.db')
  backUp({ file, destination: secret })
  expect(statSync(secret).mode & 0o777).toBe(0o640)
})
