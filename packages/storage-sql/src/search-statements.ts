import { type Kysely, sql } from 'kysely'
import { createTextIndex, type Tables } from './schema.ts'

/** Stands for a parameter, as in `statements`. */
const parameter = sql<never>`${null}`

/** Statements that only SQLite has: its index of words is brought up to date by us, that of PostgreSQL by itself. */
export function sqliteSearchStatements(db: Kysely<Tables>) {
  const [createIndex, secureIndex] = createTextIndex()
  const all = {
    findTexts: sql`select texts_index.rowid, texts.id from texts_index join texts on texts.number = texts_index.rowid where texts_index match ${parameter} and texts_index.rowid >= ${parameter} and texts_index.rowid <= ${parameter} order by texts_index.rowid limit ${parameter}`,
    findTextsReverse: sql`select texts_index.rowid, texts.id from texts_index join texts on texts.number = texts_index.rowid where texts_index match ${parameter} and texts_index.rowid >= ${parameter} and texts_index.rowid <= ${parameter} order by texts_index.rowid desc limit ${parameter}`,
    indexedThrough: sql`select through from texts_indexed`,
    setIndexedThrough: sql`update texts_indexed set through = ${parameter}`,
    lastText: sql`select max(number) from texts`,
    lastNumber: sql`select max(coalesce((select max(number) from texts), 0), coalesce((select max(number) from texts_removed), 0), (select through from texts_indexed))`,
    endOfStep: sql`select max(number) from (select number from texts where number > ${parameter} order by number limit ${parameter})`,
    indexTexts: sql`insert into texts_index(rowid, archive, text) select number, archive, text from texts where number > ${parameter} and number <= ${parameter} order by number`,
    keepRemovedText: sql`insert into texts_removed select number, archive, text from texts where number = ${parameter} and number <= (select through from texts_indexed)`,
    removedTexts: sql`select number, archive, text from texts_removed order by number limit ${parameter}`,
    unindexText: sql`insert into texts_index(texts_index, rowid, archive, text) values('delete', ${parameter}, ${parameter}, ${parameter})`,
    forgetRemovedText: sql`delete from texts_removed where number = ${parameter}`,
    forgetRemovedTexts: sql`delete from texts_removed`,
    dropTextIndex: sql`drop table texts_index`,
    createTextIndex: createIndex ?? sql``,
    secureTextIndex: secureIndex ?? sql``,
  }
  const compiled = Object.entries(all).map(([name, text]) => [name, { compile: () => text.compile(db) }])
  return Object.fromEntries(compiled) as Readonly<Record<keyof typeof all, { compile(): { readonly sql: string } }>>
}
