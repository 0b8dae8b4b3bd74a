import type { AnyServerModule } from '@parlour/server-core'
import type { GenericSchema } from 'valibot'
import { ConfigurationError, type ConfigurationFault, unknownReason } from '../configuration/fault.ts'
import type { Configuration } from '../configuration/schema.ts'
import { entriesOf, schemaAt } from '../configuration/settings.ts'
import { takesOf } from '../configuration/takes.ts'

/**
 * Checks the section of every module in the configuration.
 * @param missing plug-ins could not be loaded: a section that belongs to none of the modules may be theirs
 * @throws ConfigurationError with every fault at once
 */
export async function checkSections(
  { modules: sections }: Configuration,
  modules: readonly AnyServerModule[],
  missing = false,
): Promise<void> {
  const names = modules.map(({ name }) => name)
  const unknown = Object.keys(sections)
    .filter((name) => !missing && !names.includes(name))
    .map((name) => ({ path: `modules.${name}`, reason: noModule(name, names) }))
  const wrong = await Promise.all(modules.map((module) => faultsIn(module, sections[module.name])))
  const faults = [...unknown, ...wrong.flat()]
  if (faults.length > 0) throw new ConfigurationError(faults)
}

const noModule = (name: string, names: readonly string[]): string =>
  unknownReason(name, names).replace('is not a setting', 'is the section of no module that is loaded')

/** A module's schema, where it is one of valibot, which can be looked into. */
export function schemaOf({ config }: AnyServerModule): GenericSchema | undefined {
  return config?.['~standard'].vendor === 'valibot' ? (config as unknown as GenericSchema) : undefined
}

async function faultsIn(
  module: AnyServerModule,
  section: Record<string, unknown> | undefined,
): Promise<ConfigurationFault[]> {
  const { name, config } = module
  if (!config) {
    const isEmpty = Object.keys(section ?? {}).length === 0
    return isEmpty
      ? []
      : [{ path: `modules.${name}`, reason: `is not empty, but the module ${name} takes no settings` }]
  }
  const result = await config['~standard'].validate(section ?? {})
  return (result.issues ?? []).map(({ message, path = [] }) => {
    const keys = path.map((step) => String(typeof step === 'object' ? step.key : step))
    const reason = reasonFor(schemaOf(module), keys, message)
    return { path: ['modules', name, ...keys].join('.'), reason }
  })
}

function reasonFor(schema: GenericSchema | undefined, keys: readonly string[], message: string): string {
  if (!schema) return `is wrong: ${message}`
  const found = schemaAt(schema, keys)
  if (found) return `is wrong: it takes ${takesOf(found)} (${message})`
  const around = schemaAt(schema, keys.slice(0, -1))
  return unknownReason(keys.at(-1) ?? '', Object.keys((around && entriesOf(around)) ?? {}))
}
