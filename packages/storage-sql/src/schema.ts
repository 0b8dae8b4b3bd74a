import { type Generated, type Kysely, type RawBuilder, sql } from 'kysely'

/** What differs between the databases; everything else of the schema and of the statements is common. */
export interface Dialect {
  /** Text compared byte by byte. */
  readonly text: RawBuilder<unknown>
  /** Follows the columns of a table that is only found by its primary key. */
  readonly clustered: RawBuilder<unknown>
  /** Follows the columns of any other table. */
  readonly heap: RawBuilder<unknown>
  /** A primary key that the database numbers. */
  readonly serial: RawBuilder<unknown>
  /** 64 bits. */
  readonly integer: RawBuilder<unknown>
  /** What finds the rows of `texts` by words. */
  readonly textIndex: readonly RawBuilder<unknown>[]
}

export const sqlite: Dialect = {
  text: sql`text`,
  clustered: sql`strict, without rowid`,
  heap: sql`strict`,
  serial: sql`integer`,
  integer: sql`integer`,
  textIndex: [
    sql`create table texts_indexed (through integer not null) strict`,
    sql`insert into texts_indexed values (0)`,
    sql`create table texts_removed (number integer primary key, archive integer not null, text text not null) strict`,
    ...createTextIndex(),
  ],
}

export const postgres: Dialect = {
  text: sql`text collate "C"`,
  clustered: sql``,
  heap: sql``,
  serial: sql`bigint generated always as identity`,
  integer: sql`bigint`,
  textIndex: [
    sql`alter table texts add column words tsvector generated always as (to_tsvector('simple', text)) stored`,
    sql`create index texts_words on texts using gin (words)`,
  ],
}

/**
 * An index of words that refers to the rows of `texts`; each row’s archive is a word too, so that a search reads those
 * of one archive only. With `secure-delete`, what is taken out of it is overwritten.
 */
export function createTextIndex(): RawBuilder<unknown>[] {
  return [
    sql`create virtual table texts_index using fts5(archive, text, content='texts', content_rowid='number', tokenize="unicode61 remove_diacritics 2")`,
    sql`insert into texts_index(texts_index, rank) values('secure-delete', 1)`,
  ]
}

/** The tables. */
export interface Tables {
  parlour_schema: { version: number }
  /** JSON text under (store, owner, key). */
  records: { store: string; owner: string; key: string; value: string }
  /** Numbers the (archive, owner) pairs, so that entries and their indexes stay small. */
  archives: { number: Generated<number>; archive: string; owner: string; indexed: Generated<string> }
  /** Which entries were exchanged with whom: those up to and including the id `indexed` of their archive. */
  parties: { archive: number; with: string; id: string }
  /** `text`: the number of its text, if it has one. */
  entries: { archive: number; id: string; at: number; with: string | null; value: string; text: number | null }
  /** Commits that are durable and not in their tables yet, as they came to the thread of the storage. */
  journal: { number: Generated<number>; operations: string }
  /** What entries are found by. */
  texts: { number: number; archive: number; id: string; text: string }
}

type Step = (db: Kysely<Tables>, dialect: Dialect) => { compile(): { readonly sql: string } }[]

/** The migrations; the version of a schema is how many of them it has. Never change one that is published: add one. */
export const MIGRATIONS: readonly Step[] = [
  (db, dialect) => [
    db.schema
      .createTable('records')
      .addColumn('store', dialect.text, (c) => c.notNull())
      .addColumn('owner', dialect.text, (c) => c.notNull())
      .addColumn('key', dialect.text, (c) => c.notNull())
      .addColumn('value', sql`text`, (c) => c.notNull())
      .addPrimaryKeyConstraint('records_key', ['store', 'owner', 'key'])
      .modifyEnd(dialect.clustered),
    db.schema
      .createTable('archives')
      .addColumn('number', dialect.serial, (c) => c.primaryKey())
      .addColumn('archive', dialect.text, (c) => c.notNull())
      .addColumn('owner', dialect.text, (c) => c.notNull())
      .addUniqueConstraint('archives_owner', ['archive', 'owner'])
      .modifyEnd(dialect.heap),
    db.schema
      .createTable('entries')
      .addColumn('archive', dialect.integer, (c) => c.notNull())
      .addColumn('id', dialect.text, (c) => c.notNull())
      .addColumn('at', dialect.integer, (c) => c.notNull())
      .addColumn('with', dialect.text)
      .addColumn('value', sql`text`, (c) => c.notNull())
      .addPrimaryKeyConstraint('entries_id', ['archive', 'id'])
      .modifyEnd(dialect.clustered),
    db.schema.createIndex('entries_at').on('entries').columns(['archive', 'at', 'id']),
    db.schema
      .createIndex('entries_with')
      .on('entries')
      .columns(['archive', 'with', 'id', 'at'])
      .where('with', 'is not', null),
  ],
  (db, dialect) => [
    // Ids are in order of time: a time is found by halving, and appending has one index less to maintain.
    db.schema.dropIndex('entries_at'),
    db.schema.alterTable('entries').addColumn('text', dialect.integer),
    db.schema
      .createTable('texts')
      .addColumn('number', dialect.integer, (c) => c.primaryKey())
      .addColumn('archive', dialect.integer, (c) => c.notNull())
      .addColumn('id', dialect.text, (c) => c.notNull())
      .addColumn('text', sql`text`, (c) => c.notNull())
      .modifyEnd(dialect.heap),
    ...dialect.textIndex.map((statement) => ({ compile: () => statement.compile(db) })),
  ],
  (db, dialect) => [
    // Half of what appending costs was the index on parties: now it is written for many entries at once, when asked for.
    db.schema.dropIndex('entries_with'),
    db.schema.alterTable('archives').addColumn('indexed', dialect.text, (c) => c.notNull().defaultTo('')),
    db.schema
      .createTable('parties')
      .addColumn('archive', dialect.integer, (c) => c.notNull())
      .addColumn('with', dialect.text, (c) => c.notNull())
      .addColumn('id', dialect.text, (c) => c.notNull())
      .addPrimaryKeyConstraint('parties_id', ['archive', 'with', 'id'])
      .modifyEnd(dialect.clustered),
  ],
  (db, dialect) => [
    // Commits become durable in one place, in the order in which they came, and go to their tables many at a time.
    db.schema
      .createTable('journal')
      .addColumn('number', dialect.serial, (c) => c.primaryKey())
      .addColumn('operations', sql`text`, (c) => c.notNull())
      .modifyEnd(dialect.heap),
  ],
  // The text of operations in the journal is another: an older program is to refuse the database, not to find it damaged.
  () => [],
]
