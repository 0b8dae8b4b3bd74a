export { defineServerModule, type ModuleHost, type ServerModule } from '@parlour/server-core'
export { ConfigurationError, type ConfigurationFault } from './configuration/fault.ts'
export {
  type Configuration,
  type ConfigurationInput,
  ConfigurationSchema,
  defineConfiguration,
} from './configuration/schema.ts'
export { createServer, type Server, type ServerOptions } from './create-server.ts'
export { createTestServer } from './create-test-server.ts'
