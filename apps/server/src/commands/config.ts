import { basename } from 'node:path'
import type { AnyServerModule } from '@parlour/server-core'
import { readCertificates } from '../certificates/files.ts'
import { ConfigurationError } from '../configuration/fault.ts'
import { type LoadedConfiguration, withSource } from '../configuration/load.ts'
import { referenceText } from '../configuration/reference.ts'
import { type Configuration, ConfigurationSchema } from '../configuration/schema.ts'
import { settingsOf } from '../configuration/settings.ts'
import { shownValue } from '../configuration/shown.ts'
import { checkFederation } from '../federation/options.ts'
import { checkComponents } from '../listen-for-components.ts'
import { builtInModules } from '../modules.ts'
import { loadPlugins } from '../plugins/load.ts'
import { checkSections, schemaOf } from '../plugins/sections.ts'
import { table } from '../terminal/table.ts'
import { type Command, type CommandContext, EXIT } from './command.ts'
import { CONFIGURATION_OPTION_HELP, CONFIGURATION_OPTIONS, loadFor } from './configured.ts'

const configCheck: Command = {
  name: 'config check',
  summary: 'tells every fault of the configuration, and changes nothing',
  usage: '[file]',
  options: CONFIGURATION_OPTIONS,
  optionHelp: CONFIGURATION_OPTION_HELP,
  examples: ['parlour config check', 'parlour config check /etc/parlour/parlour.config.yaml'],
  async run(context) {
    const loaded = await loadNamed(context)
    await checkAll(loaded)
    context.print(`${whereFrom(loaded)}: no faults.`)
    return EXIT.ok
  },
}

const configShow: Command = {
  name: 'config show',
  summary: 'shows what the server would run by, and where each value comes from',
  usage: '[file]',
  options: { json: { type: 'boolean' }, ...CONFIGURATION_OPTIONS },
  optionHelp: { json: 'as a JSON object, without where values come from', ...CONFIGURATION_OPTION_HELP },
  examples: ['parlour config show', 'PARLOUR_LOG_LEVEL=debug parlour config show'],
  async run(context) {
    const loaded = await loadNamed(context)
    if (context.values.json) context.print(JSON.stringify(shownValue([], loaded.configuration), undefined, 2))
    else for (const line of table(rowsOf(loaded))) context.print(line)
    return EXIT.ok
  },
}

const configReference: Command = {
  name: 'config reference',
  summary: 'prints every setting there is, as Markdown',
  usage: '',
  options: CONFIGURATION_OPTIONS,
  optionHelp: CONFIGURATION_OPTION_HELP,
  examples: ['parlour config reference'],
  async run(context) {
    const { configuration, folder } = await loadFor(context)
    const modules = [...builtInModules, ...(await loadPlugins(configuration.plugins, folder))]
    const described = modules.map((module) => ({ name: module.name, schema: schemaOf(module) }))
    context.print(referenceText(described))
    return EXIT.ok
  },
}

export const configCommands: readonly Command[] = [configCheck, configShow, configReference]

/** The file may stand behind the command as well as behind `--config`. */
function loadNamed(context: CommandContext): Promise<LoadedConfiguration> {
  const [config] = context.positionals
  return loadFor(config === undefined ? context : { ...context, values: { ...context.values, config } })
}

/** What the schema cannot see: plug-ins, the sections of modules, name servers, files that are named. @throws ConfigurationError */
async function checkAll({ configuration, folder, sourceOf }: LoadedConfiguration): Promise<void> {
  let plugins: readonly AnyServerModule[] | undefined
  const inPlugins = await faultsOfStep(async () => {
    plugins = await loadPlugins(configuration.plugins, folder)
  })
  const modules = [...builtInModules, ...(plugins ?? [])]
  const inSections = await faultsOfStep(() => checkSections(configuration, modules, plugins === undefined))
  const others = [checkCertificates, checkFederation, checkComponents].map((check) =>
    faultsOfStep(async () => check(configuration)),
  )
  const faults = [inPlugins, inSections, ...(await Promise.all(others))].flat()
  if (faults.length > 0) throw new ConfigurationError(faults.map((fault) => withSource(fault, sourceOf)))
}

async function faultsOfStep(step: () => Promise<void>): Promise<ConfigurationError['faults']> {
  try {
    await step()
    return []
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults
    throw error
  }
}

function checkCertificates({ certificates }: Configuration): void {
  if (certificates === 'development') return
  try {
    readCertificates(certificates)
  } catch (error) {
    throw new ConfigurationError([{ path: 'certificates', reason: `cannot be used: ${(error as Error).message}` }])
  }
}

const whereFrom = ({ file }: LoadedConfiguration): string =>
  file ? basename(file.path) : 'The defaults and the environment'

function rowsOf({ configuration, sourceOf }: LoadedConfiguration): string[][] {
  return settingsOf(ConfigurationSchema).map(({ path }) => {
    const value = path.reduce<unknown>(
      (found, key) => (found as Record<string, unknown> | undefined)?.[key],
      configuration,
    )
    return [path.join('.'), JSON.stringify(shownValue(path, value)) ?? 'not set', sourceOf(path.join('.')) ?? 'default']
  })
}
