import { archiveCases } from './conformance-archives.ts'
import type { StorageCase } from './conformance-case.ts'
import { commitCases } from './conformance-commits.ts'
import { pageCases } from './conformance-pages.ts'
import { recordCases } from './conformance-records.ts'
import { searchCases } from './conformance-search.ts'

export type { OpenStorage, StorageCase } from './conformance-case.ts'

/**
 * The suite that every `Storage` must pass, for any test runner.
 *
 * @example
 * import { test } from 'vitest'
 * for (const { title, run } of storageCases) test(title, () => run(() => createMyStorage()))
 */
export const storageCases: readonly StorageCase[] = [
  ...recordCases,
  ...commitCases,
  ...archiveCases,
  ...pageCases,
  ...searchCases,
]
