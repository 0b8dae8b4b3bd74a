import type { DatabaseSync } from 'node:sqlite'
import { inTransaction } from './in-transaction.ts'
import type { Prepared } from './prepared.ts'

/** Texts that are indexed in one transaction: some tens of milliseconds. */
const STEP = 1000
/** Texts that are taken out in one transaction: each is overwritten, which takes longer. */
const REMOVAL_STEP = 50

/**
 * Brings the index of words up to date with `texts`, apart from the commits: in larger steps an index costs a fraction,
 * and nobody who commits waits for it. A search does all that is left before it looks.
 */
export class TextIndex {
  readonly #db: DatabaseSync
  readonly #prepared: Prepared

  constructor(db: DatabaseSync, prepared: Prepared) {
    this.#db = db
    this.#prepared = prepared
  }

  /** Whether something is left to do. */
  get isBehind(): boolean {
    return this.#number('lastText') > this.#number('indexedThrough') || this.#removed(1).length > 0
  }

  catchUp(): void {
    while (this.isBehind) this.step()
  }

  /** One step; in a transaction of its own. An index that cannot be changed is damaged, and made anew from the texts. */
  step(): void {
    try {
      inTransaction(this.#db, () => {
        if (!this.#unindex()) this.#index()
      })
    } catch (error) {
      if ((error as { errcode?: number }).errcode !== CORRUPT_VIRTUAL_TABLE) throw error
      this.#begin()
    }
  }

  #unindex(): boolean {
    const removed = this.#removed(REMOVAL_STEP)
    for (const [number, archive, text] of removed) {
      this.#prepared.run('unindexText', number, archive, text)
      this.#prepared.run('forgetRemovedText', number)
    }
    return removed.length > 0
  }

  #index(): void {
    const from = this.#number('indexedThrough')
    const to = Number(this.#prepared.row('endOfStep', from, STEP)?.[0] ?? from)
    this.#prepared.run('indexTexts', from, to)
    this.#prepared.run('setIndexedThrough', to)
  }

  /** From nothing. */
  #begin(): void {
    inTransaction(this.#db, () => {
      for (const name of ['dropTextIndex', 'createTextIndex', 'secureTextIndex', 'forgetRemovedTexts'] as const)
        this.#prepared.once(name)
      this.#prepared.run('setIndexedThrough', 0)
    })
  }

  #removed(max: number): [number, number, string][] {
    return this.#prepared.rows('removedTexts', max) as [number, number, string][]
  }

  #number(name: 'lastText' | 'indexedThrough'): number {
    return Number(this.#prepared.row(name)?.[0] ?? 0)
  }
}

/** SQLITE_CORRUPT_VTAB */
const CORRUPT_VIRTUAL_TABLE = 267
