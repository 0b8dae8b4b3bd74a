import type { MechanismName } from '../mechanism.ts'
import type { SaslError } from '../sasl-error.ts'

/** How to begin: the mechanism and the initial response. */
export interface SaslStart {
  readonly mechanism: MechanismName
  readonly initialResponse: Uint8Array
}

/** What the client half answers to a challenge. */
export type SaslReply =
  | { readonly type: 'response'; readonly data: Uint8Array }
  | { readonly type: 'failure'; readonly error: SaslError }

/** What the client half makes of the server's success. */
export type SaslResult =
  | { readonly type: 'success'; readonly mechanism: MechanismName; readonly binding: string | undefined }
  | { readonly type: 'failure'; readonly error: SaslError }
