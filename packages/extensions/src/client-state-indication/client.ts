/** XEP-0352: Client State Indication, version 1.0.0. */
import { type Client, defineClientExtension } from '@parlour/client-core'
import { ignoreDisconnection } from '../disconnection.ts'
import { CLIENT_STATE_NAMESPACE, type ClientState, clientStateElement } from './wire.ts'

export interface ClientStateApi {
  /** Whether the server wants to know. Before the first connection: false. */
  readonly isSupported: boolean
  /** As the program has set it. */
  readonly state: ClientState
  /**
   * Says whether somebody looks at the program: while nobody does, the server may spare it presence and chat states.
   * Every stream begins active (XEP-0352 §5); `inactive` is said again after a reconnection. A server that does not want to
   * know is told nothing.
   */
  set(state: ClientState): Promise<void>
}

/** @example await client.use(clientStateIndicationClient).set('inactive') */
export const clientStateIndicationClient = defineClientExtension<ClientStateApi>({
  name: 'client-state-indication',
  implements: { xep: 352, version: '1.0.0' },
  setup: (client) => new State(client),
})

class State implements ClientStateApi {
  state: ClientState = 'active'
  readonly #client: Client

  constructor(client: Client) {
    this.#client = client
    client.inline(CLIENT_STATE_NAMESPACE, () =>
      this.state === 'inactive' ? clientStateElement('inactive') : undefined,
    )
    client.onState((state) => {
      // A stream that resumes a session begins active, too (XEP-0352 §5).
      const isTold = state.status !== 'online' || client.agreement?.inline?.has(CLIENT_STATE_NAMESPACE)
      if (this.state === 'inactive' && !isTold) void this.#tell().catch(ignoreDisconnection)
    })
  }

  get isSupported(): boolean {
    return this.#client.agreement?.features.child('csi', CLIENT_STATE_NAMESPACE) !== undefined
  }

  async set(state: ClientState): Promise<void> {
    if (state === this.state) return
    this.state = state
    // What is said to no stream is said to the next one.
    if (this.#client.state.status === 'online') await this.#tell()
  }

  async #tell(): Promise<void> {
    if (this.isSupported) await this.#client.send(clientStateElement(this.state))
  }
}
