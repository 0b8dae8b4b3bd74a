import { PATIENCE } from './patience.ts'
import { PROOF } from './proof.ts'
import type { Refusal } from './refusal.ts'
import { SAID } from './said.ts'
import { VISITED } from './visited.ts'

export type { Refusal } from './refusal.ts'

/** In the order in which they run: of those visited, the last one's link is tried again and again. */
export const REFUSALS: readonly Refusal[] = [...SAID, ...PROOF, ...PATIENCE, ...VISITED]
