import type { Gate } from './gate.ts'
import type { KindName } from './kinds.ts'
import type { Side } from './side.ts'

/** Two servers, seen from the one that begins. */
export interface Scene {
  readonly here: Side
  readonly there: Side
  /** Kind of domain at both ends. */
  readonly kind: KindName
  /** True: `here` is the Parlour under test. */
  readonly isForward: boolean
  /** A text that no other case has. */
  text(words: string): string
}

/** The way in both directions. */
export const gatesOf = ({ here, there }: Scene): readonly [Gate, Gate] => [
  here.server.site.gate,
  there.server.site.gate,
]
