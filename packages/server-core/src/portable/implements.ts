import type { Implementation } from '../module.ts'

/** What export and import of accounts implement. */
export const PORTABLE_ACCOUNTS = {
  implements: [{ xep: 227, version: '1.1' }],
} as const satisfies { readonly implements: readonly Implementation[] }
