import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { compileForPostgres, compileForSqlite, type StatementName } from './compile.ts'

function explain(name: StatementName): string {
  const { migrations, statements } = compileForSqlite()
  const db = new DatabaseSync(':memory:')
  for (const statement of migrations.flat()) db.exec(statement)
  const rows = db.prepare(`explain query plan ${statements[name]}`).all()
  db.close()
  return rows.map((row) => row.detail).join('\n')
}

test.each(['page', 'pageReverse'] as const)('%s seeks by id, whatever the depth, and sorts nothing', (name) => {
  expect(explain(name)).toBe('SEARCH entries USING PRIMARY KEY (archive=? AND id>? AND id<?)')
})

test.each(['pageWith', 'pageWithReverse'] as const)('%s seeks by party and id, and sorts nothing', (name) => {
  expect(explain(name).split('\n')).toEqual([
    'SEARCH found USING COVERING INDEX entries_with (archive=? AND with=? AND id>? AND id<?)',
    'SEARCH entry USING PRIMARY KEY (archive=? AND id=?)',
  ])
})

test.each(['firstAt', 'lastAt', 'removeEntriesBefore', 'countEntriesBetween'] as const)('%s seeks by time', (name) => {
  expect(explain(name)).toMatch(/^SEARCH entries USING (COVERING )?INDEX entries_at \(archive=\? AND at[<>]\?.*\)$/)
})

test('countEntriesWith reads an index only', () => {
  expect(explain('countEntriesWith')).toBe('SEARCH entries USING COVERING INDEX entries_with (archive=? AND with=?)')
})

test('no statement scans a table or sorts', () => {
  const names = Object.keys(compileForSqlite().statements) as StatementName[]
  for (const name of names) expect(explain(name), name).not.toMatch(/SCAN|TEMP B-TREE/)
})

test('the same schema and statements compile for PostgreSQL', () => {
  const [sqlite, postgres] = [compileForSqlite(), compileForPostgres()]
  expect(Object.keys(postgres.statements)).toEqual(Object.keys(sqlite.statements))
  expect(postgres.migrations.map((m) => m.length)).toEqual(sqlite.migrations.map((m) => m.length))
  expect(postgres.statements.pageWith).toContain('"found"."with" = $6 order by "found"."id" limit $7')
  expect(postgres.migrations[0]?.[0]).toContain('"owner" text collate "C" not null')
})
