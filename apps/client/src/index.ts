export {
  type AccountToken,
  type Client,
  ClientError,
  type ConnectionState,
  createMemoryTokenStore,
  presence,
  roster,
  type TokenStore,
} from '@parlour/client-core'
export { connect, startClient } from './connect/connect.ts'
export { type Device, openDeviceFile } from './connect/device-file.ts'
export type { ConnectOptions } from './connect/options.ts'
export { RegistrationError, register } from './connect/register.ts'
export { findTargets, parseService, type ServiceOptions, type ServiceResolver, type Target } from './connect/service.ts'
export { signOut } from './connect/sign-out.ts'
