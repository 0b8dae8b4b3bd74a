export { exportAccount, type PortableKernel } from './export-account.ts'
export { PORTABLE_ACCOUNTS } from './implements.ts'
export type { AccountImportReport } from './import-report.ts'
export { PortableImport } from './portable-import.ts'
export {
  IMPORT_RESULTS,
  type ImportMode,
  type ImportOutcome,
  type ImportOutcomes,
  type ImportResult,
  type PartImport,
  type PortablePart,
} from './portable-part.ts'
