import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import type { Sql, StatementName } from './compile.ts'

/** Every statement, prepared at first use and kept; rows come as arrays. */
export class Prepared {
  readonly #db: DatabaseSync
  readonly #sql: Sql['statements']
  readonly #prepared = new Map<StatementName, StatementSync>()

  constructor(db: DatabaseSync, sql: Sql['statements']) {
    this.#db = db
    this.#sql = sql
  }

  /** Runs a statement; how many rows it changed. */
  run(name: StatementName, ...parameters: SQLInputValue[]): number {
    return Number(this.#statement(name).run(...parameters).changes)
  }

  /** Runs a statement that changes the schema. */
  once(name: StatementName): void {
    this.#db.exec(this.#sql[name])
  }

  /** The first row. */
  row(name: StatementName, ...parameters: SQLInputValue[]): readonly unknown[] | undefined {
    return this.#statement(name).get(...parameters) as readonly unknown[] | undefined
  }

  /** All rows. */
  rows(name: StatementName, ...parameters: SQLInputValue[]): unknown[] {
    return this.#statement(name).all(...parameters)
  }

  #statement(name: StatementName): StatementSync {
    return this.#prepared.get(name) ?? this.#prepare(name)
  }

  #prepare(name: StatementName): StatementSync {
    const statement = this.#db.prepare(this.#sql[name])
    statement.setReturnArrays(true)
    this.#prepared.set(name, statement)
    return statement
  }
}
