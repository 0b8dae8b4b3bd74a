export { ConfigurationError, type ConfigurationFault } from './configuration/read.ts'
export { type Configuration, type ConfigurationInput, ConfigurationSchema } from './configuration/schema.ts'
export { createServer, type Server, type ServerOptions } from './create-server.ts'
