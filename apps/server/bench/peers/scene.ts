/**
 * Which servers a row is measured on: one of each product; two of each that speak to each other; one of each that archives
 * in SQLite; one of each with the archive of its own kind (Prosody: files, not synced; ejabberd: Mnesia; Parlour: SQLite).
 */
export type Scene = 'alone' | 'across' | 'archive-sqlite' | 'archive-own'
