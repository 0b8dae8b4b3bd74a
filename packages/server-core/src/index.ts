export { type Account, AccountError, type Accounts } from './accounts.ts'
export { isArchiveId, timeOfArchiveId } from './archive-ids.ts'
export { ClientSession, type NonzaHandler } from './client-session.ts'
export {
  acceptComponentStream,
  type ComponentKernel,
  type ComponentPort,
  type ComponentSettings,
  type ComponentStatus,
  type ComponentStreamOptions,
  type Components,
  type ComponentsOptions,
  DEFAULT_COMPONENT_STREAM_OPTIONS,
  serveComponents,
} from './component/index.ts'
export type { Counters } from './counters.ts'
export type { Discovery, DiscoveryTarget, Identity, Item } from './discovery.ts'
export * from './federation/index.ts'
export {
  type DeliveryEvent,
  type Direction,
  HOOK_NAMES,
  type HookName,
  type HookOptions,
  type Hooks,
  type MessageReceivedEvent,
  type MessageSentEvent,
  type OfflineEvent,
  STANZA_PHASES,
  type StanzaEvent,
  type StanzaHandler,
  type StanzaPhase,
  type SubscriptionRequest,
  type Verdict,
} from './hooks.ts'
export type {
  BeforeAuthentication,
  FeatureContext,
  FeatureStage,
  HostOptions,
  StreamFeature,
  UnauthenticatedContext,
} from './host.ts'
export type { IqHandler, IqHandlerOptions, IqRequest, IqTarget } from './iq-handlers.ts'
export type { KeptCopy } from './kept-copy.ts'
export { createKernel, type Kernel } from './kernel.ts'
export type { KernelOptions } from './kernel-options.ts'
export { type Logger, silentLogger } from './logger.ts'
export {
  type ArchiveAccess,
  defineServerModule,
  defineService,
  type Implementation,
  type ModuleHost,
  type ModuleStore,
  type Registration,
  type RemovedEntries,
  type ServerModule,
  type Service,
} from './module.ts'
export { type AnyServerModule, ModuleError } from './module-loader.ts'
export type { OpenStreams } from './open-streams.ts'
export * from './portable/index.ts'
export type { Audience } from './presence-service.ts'
export type { AccountDevice, DeviceAccess, Revocation, UnnamedSession } from './sign-in/device-access.ts'
export type { SignInMethod } from './sign-in/device-record.ts'
export { DEFAULT_TOKEN_TERMS, type TokenTerms } from './sign-in/device-tokens.ts'
export { DEFAULT_DEVICE_LIMITS, type DeviceLimits } from './sign-in/devices.ts'
export { SIGN_IN } from './sign-in/implements.ts'
export type { BindFeature } from './sign-in/inline-features.ts'
export { DEFAULT_SIGN_IN_SETTINGS, type SignInSettings } from './sign-in/settings.ts'
export { DEFAULT_SIGN_IN_LIMITS, type SignInLimits } from './sign-in-throttle.ts'
export { StoredMessage } from './stored-message.ts'
export {
  acceptClientStream,
  type ClientStream,
  type ClientStreamOptions,
  DEFAULT_CLIENT_STREAM_OPTIONS,
  type StreamEnd,
} from './stream/index.ts'
export type { StreamManagementAnswer, StreamManagementCounts } from './stream-management/answer.ts'
export { DEFAULT_STREAM_MANAGEMENT_OPTIONS, type StreamManagementOptions } from './stream-management/options.ts'
export { STREAM_MANAGEMENT, type StreamManagement } from './stream-management/stream-management.ts'
export type { FormerDelivery, Settled, StanzaWrites } from './transaction.ts'
