import type { ParseArgsOptionsConfig } from 'node:util'
import { type LoadedConfiguration, loadConfiguration } from '../configuration/load.ts'
import type { Configuration } from '../configuration/schema.ts'
import type { CommandContext } from './command.ts'

/** The options that every command which needs the configuration takes. */
export const CONFIGURATION_OPTIONS = {
  config: { type: 'string', short: 'c' },
  domain: { type: 'string', short: 'd' },
  'data-folder': { type: 'string' },
} as const satisfies ParseArgsOptionsConfig

export const CONFIGURATION_OPTION_HELP = {
  config: 'the configuration file; without it parlour.config.{ts,js,yaml,json} of the current folder',
  domain: 'the domain to serve, instead of those in the configuration',
  'data-folder': 'where the database and the development certificate are, instead of the one in the configuration',
}

/** The configuration that a command runs by, and whence it comes. @throws ConfigurationError */
export function loadFor({ values, environment, folder }: CommandContext): Promise<LoadedConfiguration> {
  const { config, domain, 'data-folder': dataFolder } = values as { [option: string]: string | undefined }
  const options = [
    ...(domain === undefined ? [] : [{ path: ['domains'], value: [domain], source: '--domain' }]),
    ...(dataFolder === undefined ? [] : [{ path: ['dataFolder'], value: dataFolder, source: '--data-folder' }]),
  ]
  return loadConfiguration({ folder, file: config, environment, options })
}

/** The configuration that a command runs by. @throws ConfigurationError */
export const configurationOf = async (context: CommandContext): Promise<Configuration> =>
  (await loadFor(context)).configuration
