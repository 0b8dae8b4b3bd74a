import type { KindName } from './kinds.ts'
import type { Scene } from './scene.ts'
import type { ServerProduct } from './servers/federated-server.ts'

/** One case; run in both directions unless it says otherwise. Returns what is worth telling. */
export interface Case {
  readonly name: string
  /** Kinds of domains with which it is run. */
  readonly kinds: readonly KindName[]
  /** Only from the Parlour under test to the other server: what the other does is its own. */
  readonly forwardOnly?: true
  /** What the other server must be able to do. */
  readonly needs?: keyof ServerProduct['abilities']
  run(scene: Scene): Promise<string | undefined>
}
