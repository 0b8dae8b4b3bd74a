import { EVIL, OURS, type Scene } from '../scene.ts'

/** One way to misbehave. Rejects when the server does not refuse it as it should. */
export interface Refusal {
  readonly name: string
  /** Lines that the server logs. 1 if not given. */
  readonly warnings?: number
  /** What its line says: of all, the address; of these, more. */
  readonly says?: readonly RegExp[]
  /** What must not be in the log. */
  readonly secrets?: readonly string[]
  run(scene: Scene): Promise<string | undefined>
}

/** The domain that the peer says to be of, as it is logged. */
export const CLAIM = new RegExp(`"claimed":"${EVIL}"`)
export const VICTIM = `victim@${OURS}`
export const message = (from: string | undefined, to: string | undefined) =>
  `<message${from === undefined ? '' : ` from='${from}'`}${to === undefined ? '' : ` to='${to}'`} type='chat'><body>BODY</body></message>`

export const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))
