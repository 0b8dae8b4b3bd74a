import { type Compilable, type ExpressionBuilder, type Kysely, sql } from 'kysely'
import type { Tables } from './schema.ts'

/** Stands for a parameter of a compiled statement; the order of the parameters is the order of mention. */
const parameter = sql<never>`${null}`
const one = sql<number>`1`

/**
 * All statements of the storage as Kysely queries, to be compiled once. `+at` keeps the planners of both databases from
 * walking the index on time where the order is that of the ids.
 */
export function statements(db: Kysely<Tables>) {
  return {
    getRecord: record(db).select('value'),
    putRecord: db
      .insertInto('records')
      .values({ store: parameter, owner: parameter, key: parameter, value: parameter })
      .onConflict((c) => c.columns(['store', 'owner', 'key']).doUpdateSet({ value: sql`excluded.value` })),
    deleteRecord: db
      .deleteFrom('records')
      .where('store', '=', parameter)
      .where('owner', '=', parameter)
      .where('key', '=', parameter),
    clearRecords: db.deleteFrom('records').where('store', '=', parameter).where('owner', '=', parameter),
    listRecords: db
      .selectFrom('records')
      .select(['key', 'value'])
      .where('store', '=', parameter)
      .where('owner', '=', parameter)
      .orderBy('key'),
    nextOwner: db
      .selectFrom('records')
      .select('owner')
      .where('store', '=', parameter)
      .where('owner', '>', parameter)
      .orderBy('owner')
      .limit(one),
    addToJournal: db.insertInto('journal').values({ operations: parameter }),
    readJournal: db.selectFrom('journal').select('operations').orderBy('number'),
    emptyJournal: db.deleteFrom('journal'),
    ...archiveStatements(db),
    ...entryStatements(db),
    ...textStatements(db),
    ...pageStatements(db),
    ...partyStatements(db),
  } satisfies Record<string, Compilable>
}

function record(db: Kysely<Tables>) {
  return db
    .selectFrom('records')
    .where('store', '=', parameter)
    .where('owner', '=', parameter)
    .where('key', '=', parameter)
}

function archiveStatements(db: Kysely<Tables>) {
  return {
    findArchive: db
      .selectFrom('archives')
      .select('number')
      .where('archive', '=', parameter)
      .where('owner', '=', parameter),
    addArchive: db.insertInto('archives').values({ archive: parameter, owner: parameter }).returning('number'),
    removeArchive: db.deleteFrom('archives').where('number', '=', parameter),
    archiveOwners: db
      .selectFrom('archives')
      .select('owner')
      .where('archive', '=', parameter)
      .where('owner', '>', parameter)
      .where((e) => e.exists(e.selectFrom('entries').select('id').whereRef('entries.archive', '=', 'archives.number')))
      .orderBy('owner')
      .limit(parameter),
  }
}

function entryStatements(db: Kysely<Tables>) {
  const remove = () => db.deleteFrom('entries').where('archive', '=', parameter)
  return {
    appendEntry: db
      .insertInto('entries')
      .values({ archive: parameter, id: parameter, at: parameter, with: parameter, value: parameter, text: parameter })
      .onConflict((c) => c.doNothing()),
    replaceEntry: db
      .updateTable('entries')
      .set({ value: parameter, text: parameter })
      .where('archive', '=', parameter)
      .where('id', '=', parameter),
    removeEntry: remove().where('id', '=', parameter).returning(['text', 'with']),
    removeEntriesBelow: remove().where('id', '<', parameter),
    removeEntries: remove(),
    getEntry: db
      .selectFrom('entries')
      .select(['id', 'at', 'with', 'value'])
      .where('archive', '=', parameter)
      .where('id', '=', parameter),
    entryFrom: entriesOf(db).select(['id', 'at']).where('id', '>=', parameter).orderBy('id').limit(one),
    lastEntry: entriesOf(db).select(['id', 'at']).orderBy('id', 'desc').limit(one),
    firstOfTime: entriesOf(db)
      .select('id')
      .where('id', '>=', parameter)
      .where('id', '<=', parameter)
      .where(sql`+at`, '>=', parameter)
      .orderBy('id')
      .limit(one),
    countEntries: countOf(db),
    countEntriesBetween: countOf(db).where('id', '>=', parameter).where('id', '<', parameter),
  }
}

function textStatements(db: Kysely<Tables>) {
  const withText = () => entriesOf(db).select('text').where('text', 'is not', null)
  return {
    addText: db.insertInto('texts').values({ number: parameter, archive: parameter, id: parameter, text: parameter }),
    removeText: db.deleteFrom('texts').where('number', '=', parameter),
    textOf: withText().where('id', '=', parameter),
    textsBelow: withText().where('id', '<', parameter),
    textsOf: withText(),
    textBelow: withText().where('id', '<', parameter).orderBy('id', 'desc').limit(one),
    textFrom: withText().where('id', '>=', parameter).orderBy('id').limit(one),
  }
}

/** A page: archive, id from (included), id to (excluded), time from, time to (both included), [with,] limit. */
function pageStatements(db: Kysely<Tables>) {
  const page = () =>
    entriesOf(db)
      .select(['id', 'at', 'with', 'value'])
      .where('id', '>=', parameter)
      .where('id', '<', parameter)
      .where(sql`+at`, '>=', parameter)
      .where(sql`+at`, '<=', parameter)
  const pageWith = () =>
    db
      .selectFrom('parties as found')
      .innerJoin('entries as entry', (join) =>
        join.onRef('entry.archive', '=', 'found.archive').onRef('entry.id', '=', 'found.id'),
      )
      .select(['entry.id', 'entry.at', 'entry.with', 'entry.value'])
      .where('found.archive', '=', parameter)
      .where('found.id', '>=', parameter)
      .where('found.id', '<', parameter)
      .where('entry.at', '>=', parameter)
      .where('entry.at', '<=', parameter)
      .where('found.with', '=', parameter)
  const tail = () => page().where('with', '=', parameter)
  return {
    page: page().orderBy('id').limit(parameter),
    pageReverse: page().orderBy('id', 'desc').limit(parameter),
    pageWith: pageWith().orderBy('found.id').limit(parameter),
    pageWithReverse: pageWith().orderBy('found.id', 'desc').limit(parameter),
    tailWith: tail().orderBy('id').limit(parameter),
    tailWithReverse: tail().orderBy('id', 'desc').limit(parameter),
  }
}

function partyStatements(db: Kysely<Tables>) {
  const remove = () => db.deleteFrom('parties').where('archive', '=', parameter)
  return {
    partiesThrough: db.selectFrom('archives').select('indexed').where('number', '=', parameter),
    setPartiesThrough: db.updateTable('archives').set({ indexed: parameter }).where('number', '=', parameter),
    addParty: db.insertInto('parties').values({ archive: parameter, with: parameter, id: parameter }),
    /** The entry that follows so many from an id on. */
    entryBeyond: entriesOf(db).select('id').where('id', '>=', parameter).orderBy('id').limit(one).offset(parameter),
    indexParties: db
      .insertInto('parties')
      .columns(['archive', 'with', 'id'])
      .expression(
        entriesOf(db)
          .select(['archive', (e) => e.ref('with').$notNull().as('with'), 'id'])
          .where('id', '>=', parameter)
          .where('id', '<=', parameter)
          .where('with', 'is not', null),
      ),
    removeParty: remove().where('with', '=', parameter).where('id', '=', parameter),
    partiesBelow: entriesOf(db).select(['with', 'id']).where('id', '<', parameter).where('with', 'is not', null),
    removeParties: remove(),
    countParties: db
      .selectFrom('parties')
      .select((e) => e.fn.countAll<number>().as('count'))
      .where('archive', '=', parameter)
      .where('id', '>=', parameter)
      .where('id', '<', parameter)
      .where('with', '=', parameter),
    countTail: countOf(db).where('id', '>=', parameter).where('id', '<', parameter).where('with', '=', parameter),
  }
}

function entriesOf(db: Kysely<Tables>) {
  return db.selectFrom('entries').where('archive', '=', parameter)
}

function countOf(db: Kysely<Tables>) {
  return entriesOf(db).select((e: ExpressionBuilder<Tables, 'entries'>) => e.fn.countAll<number>().as('count'))
}
