import { type ClientSession, defineService, type Service } from '@parlour/server-core'
import type { ClientState } from './wire.ts'

/** Which clients nobody looks at; not to be told to anybody else (XEP-0352 §6). */
export interface ClientStates {
  isInactive(session: ClientSession): boolean
  /** As if the client had said so: for what indicates a state in another way (XEP-0386). */
  set(session: ClientSession, state: ClientState): void
  /** Hears of a state after it has changed. @returns takes the listener out again */
  onChange(listener: (session: ClientSession, state: ClientState) => void): () => void
}

/** @example host.use(clientStates).isInactive(session) */
export const clientStates: Service<ClientStates> = defineService('client-states')
