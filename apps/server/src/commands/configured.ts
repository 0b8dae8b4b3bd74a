import type { ParseArgsOptionsConfig } from 'node:util'
import { readConfiguration } from '../configuration/read.ts'
import type { Configuration } from '../configuration/schema.ts'
import type { CommandContext } from './command.ts'

/** The options that every command which needs the configuration takes. */
export const CONFIGURATION_OPTIONS = {
  domain: { type: 'string', short: 'd' },
  'data-folder': { type: 'string' },
} as const satisfies ParseArgsOptionsConfig

export const CONFIGURATION_OPTION_HELP = {
  domain: 'the domain to serve, instead of those in the configuration',
  'data-folder': 'where the database and the development certificate are (default ./parlour-data)',
}

/** The configuration that a command runs by. @throws ConfigurationError */
export function configurationOf({ values }: CommandContext): Configuration {
  const { domain, 'data-folder': dataFolder } = values as { domain?: string; 'data-folder'?: string }
  return readConfiguration({ ...(domain && { domains: [domain] }), ...(dataFolder && { dataFolder }) })
}
