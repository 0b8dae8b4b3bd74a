import { encodeText } from '../bytes.ts'
import type { ClientBeginning, ClientContext } from './context.ts'

/** Nothing is left for the client to say or to check. */
export interface AwaitingSuccess {
  readonly waitsFor: 'success'
}

/** The beginning of a mechanism of one message. */
export const onlyMessage = (text: string): ClientBeginning<AwaitingSuccess> => ({
  state: { waitsFor: 'success' },
  response: encodeText(text),
})

/** How a mechanism of one message begins. */
export type BeginOneMessage = (context: ClientContext) => ClientBeginning<AwaitingSuccess>
