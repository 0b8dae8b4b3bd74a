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
    'SEARCH found USING PRIMARY KEY (archive=? AND with=? AND id>? AND id<?)',
    'SEARCH entry USING PRIMARY KEY (archive=? AND id=?)',
  ])
})

test.each(['tailWith', 'tailWithReverse', 'countTail'] as const)('%s walks a range of ids', (name) => {
  expect(explain(name)).toBe('SEARCH entries USING PRIMARY KEY (archive=? AND id>? AND id<?)')
})

test.each(['entryFrom', 'firstOfTime', 'removeEntriesBelow', 'countEntriesBetween', 'textFrom'] as const)(
  '%s seeks by id',
  (name) => {
    expect(explain(name)).toMatch(/^SEARCH entries USING PRIMARY KEY \(archive=\? AND id[<>]\?.*\)$/)
  },
)

test.each(['findTexts', 'findTextsReverse'] as const)('%s walks the matches in their order', (name) => {
  expect(explain(name).split('\n')).toEqual([
    expect.stringMatching(/^SCAN texts_index VIRTUAL TABLE INDEX \d+:M\d><$/),
    'SEARCH texts USING INTEGER PRIMARY KEY (rowid=?)',
  ])
})

/** The journal, a table of one row, one that is read from its begin with a limit, one that is emptied, and what an index matches. */
const SCANNING: ReadonlySet<StatementName> = new Set([
  ...(['readJournal', 'emptyJournal'] as const),
  ...(['indexedThrough', 'setIndexedThrough', 'keepRemovedText', 'lastNumber'] as const),
  ...(['removedTexts', 'forgetRemovedTexts', 'findTexts', 'findTextsReverse', 'endOfStep'] as const),
])
/** They change the schema, or write to the index only. */
const UNPLANNED = /^(create|drop)|insert into texts_index/

test('no statement scans a table or sorts', () => {
  const all = Object.entries(compileForSqlite().statements) as [StatementName, string][]
  const names = all.filter(([name, sql]) => !SCANNING.has(name) && !UNPLANNED.test(sql)).map(([name]) => name)
  expect(names.length).toBeGreaterThan(30)
  for (const name of names) expect(explain(name), name).not.toMatch(/SCAN|TEMP B-TREE/)
})

test('the same schema and statements compile for PostgreSQL', () => {
  const [sqlite, postgres] = [compileForSqlite(), compileForPostgres()]
  expect(Object.keys(sqlite.statements)).toEqual(expect.arrayContaining(Object.keys(postgres.statements)))
  expect(postgres.migrations.length).toBe(sqlite.migrations.length)
  expect(postgres.migrations[1]).toContain('create index texts_words on texts using gin (words)')
  expect(postgres.statements.pageWith).toContain('"found"."with" = $6 order by "found"."id" limit $7')
  expect(postgres.migrations[0]?.[0]).toContain('"owner" text collate "C" not null')
})
