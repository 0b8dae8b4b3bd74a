import { closingCases } from './conformance-closing.ts'
import { flowCases } from './conformance-flow.ts'
import type { ConformanceCase } from './conformance-kit.ts'
import { tlsCases } from './conformance-tls.ts'

export type { ConformanceCase, ConformancePair, ConformanceRun } from './conformance-kit.ts'

/**
 * What every adapter's connections must do, as cases for any test runner. Each throws an Error if it is not so.
 * Cases with `tls` need a pair that is plain and can be secured.
 *
 * @example
 * ```ts
 * for (const { title, run } of connectionConformance) test(title, () => run(async () => {
 *   const [client, server] = createMemoryPair()
 *   return { client, server }
 * }))
 * ```
 */
export const connectionConformance: readonly ConformanceCase[] = [...flowCases, ...closingCases, ...tlsCases]
