export type { Signal } from './abort.ts'
export { Federation } from './federation.ts'
export type { FederationCounters } from './federation-context.ts'
export {
  FEDERATION_ERROR_KINDS,
  FederationError,
  type FederationErrorCode,
} from './federation-error.ts'
export type { FederationPolicyOptions, FederationSecurity } from './federation-policy.ts'
export type { FederationPort } from './federation-port.ts'
export { acceptServerStream } from './join.ts'
export type { LinkReport } from './link-report.ts'
export { DEFAULT_FEDERATION_LIMITS, type FederationLimits, type FederationOptions } from './options.ts'
export type { LinkState } from './outgoing-link.ts'
export type { OfferedFeatures, ProbeOptions, ProbeStep } from './probe.ts'
export type { ServerConnector, ServerNames, ServerTarget } from './server-connector.ts'
