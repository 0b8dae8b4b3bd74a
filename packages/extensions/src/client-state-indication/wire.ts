/** XEP-0352: Client State Indication, version 1.0.0. */
import { type Element, el } from '@parlour/xml'

export const CLIENT_STATE_NAMESPACE = 'urn:xmpp:csi:0'

/** Whether somebody looks at the client (XEP-0352 §4.2). */
export type ClientState = 'active' | 'inactive'

/** Among the stream features after authentication (XEP-0352 §4.1). */
export function clientStateFeature(): Element {
  return el('csi', CLIENT_STATE_NAMESPACE)
}

/** What a client sends, beside stanzas, when its state changes; it is not answered (XEP-0352 §4.2). */
export function clientStateElement(state: ClientState): Element {
  return el(state, CLIENT_STATE_NAMESPACE)
}
