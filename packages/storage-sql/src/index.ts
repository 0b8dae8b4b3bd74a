export { createSqliteStorage, type SqliteStorage, type SqliteStorageOptions } from './sqlite-storage.ts'
