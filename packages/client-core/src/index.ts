export type { Signal } from './abort.ts'
export type { AcknowledgementOptions } from './acknowledgement.ts'
export type { Addressing, AskedAddresses } from './addressing.ts'
export type { Client, ClientCounters, ClientExtension, ClientOptions, ClientStream, IqAccess } from './client.ts'
export { CLIENT_ERROR_CODES, ClientError, type ClientErrorCode } from './client-error.ts'
export type { ConnectionState } from './connection-state.ts'
export { createClient } from './create-client.ts'
export { defineClientExtension } from './extension.ts'
export { isPermanent, openingError } from './failures.ts'
export type { IqHandler } from './iq-handlers.ts'
export { DEFAULT_IQ_TIMEOUT, type IqOptions } from './iq-requests.ts'
export { DEFAULT_KEEPALIVE, type KeepaliveOptions } from './keepalive.ts'
export { Listeners } from './listeners.ts'
export { presence } from './presence/extension.ts'
export type { OwnPresence, PresenceApi, PresenceChange, SubscriptionRequest } from './presence/presence.ts'
export { DEFAULT_RECONNECTION, type ReconnectionOptions, reconnectionDelay } from './reconnection.ts'
export { roster, rosterWith } from './roster/extension.ts'
export type { CachedRoster, Roster, RosterCache, RosterEvent, RosterFields } from './roster/roster.ts'
export type { OverflowPolicy, QueueOptions } from './stanza-queue.ts'
export * from './stream/index.ts'
export {
  DEFAULT_STREAM_MANAGEMENT,
  type ResumableSession,
  type SessionWish,
  type StreamManagementOptions,
} from './stream-management/options.ts'
