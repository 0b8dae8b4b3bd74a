export { type Client, ClientError, type ConnectionState, presence, roster } from '@parlour/client-core'
export { connect, startClient } from './connect/connect.ts'
export type { ConnectOptions } from './connect/options.ts'
export { findTargets, parseService, type ResolveService, type ServiceOptions, type Target } from './connect/service.ts'
