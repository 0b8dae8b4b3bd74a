import type { Implementation } from '../module.ts'

/** What signing in implements, beside RFC 6120 §6. */
export const SIGN_IN = {
  implements: [
    { xep: 386, version: '1.1.0' },
    { xep: 388, version: '1.0.4' },
    { xep: 440, version: '1.0.0' },
    { xep: 474, version: '0.5.0' },
    { xep: 480, version: '0.2.0' },
    { xep: 484, version: '0.2.0' },
    { xep: 515, version: '0.1.0' },
  ],
} as const satisfies { readonly implements: readonly Implementation[] }
