import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { type Dialect, MIGRATIONS, postgres, sqlite, type Tables } from './schema.ts'
import { sqliteSearchStatements } from './search-statements.ts'
import { statements } from './statements.ts'

/** The name of a statement. */
export type StatementName = CommonStatement | keyof ReturnType<typeof sqliteSearchStatements>
type CommonStatement = keyof ReturnType<typeof statements>

/** The SQL of a database: its migrations, each a list of statements, and the statements of the storage by name. */
export interface Sql<Name extends string = StatementName> {
  readonly migrations: readonly (readonly string[])[]
  readonly statements: Readonly<Record<Name, string>>
}

/** Compiles everything for SQLite; takes a few milliseconds, once. */
export function compileForSqlite(): Sql {
  const db = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (instance) => new SqliteIntrospector(instance),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  })
  return compile(db, sqlite, { ...statements(db), ...sqliteSearchStatements(db) })
}

/** Compiles everything for PostgreSQL. */
export function compileForPostgres(): Sql<CommonStatement> {
  const db = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (instance) => new PostgresIntrospector(instance),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  })
  return compile(db, postgres, statements(db))
}

interface Statement {
  compile(): { readonly sql: string }
}

function compile<Name extends string>(
  db: Kysely<Tables>,
  dialect: Dialect,
  named: Readonly<Record<Name, Statement>>,
): Sql<Name> {
  const compiled = Object.entries<Statement>(named).map(([name, query]) => [name, query.compile().sql])
  return {
    migrations: MIGRATIONS.map((step) => step(db, dialect).map((statement) => statement.compile().sql)),
    statements: Object.fromEntries(compiled),
  }
}
