import * as v from 'valibot'
import type { ConfigurationFault } from './fault.ts'
import { ConfigurationSchema } from './schema.ts'
import { type Setting, settingsOf } from './settings.ts'
import { suggest } from './suggest.ts'

const PREFIX = 'PARLOUR_'
/** Names an environment may have for the other programs of Parlour, and {@link CONFIG_VARIABLE}. */
const NOT_SETTINGS = /^PARLOUR_(CONFIG|PASSWORD|NEW_PASSWORD|ACCOUNT|SERVER|CA|STATE|CLIENT_.*)$/

/** The variable that names the configuration file. */
export const CONFIG_VARIABLE = 'PARLOUR_CONFIG'

/** `listen.directTls` → `PARLOUR_LISTEN_DIRECT_TLS`. */
export const variableOf = (path: readonly string[]): string =>
  PREFIX + path.map((key) => key.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()).join('_')

export interface EnvironmentSetting {
  readonly path: readonly string[]
  readonly value: unknown
  readonly variable: string
}

const byVariable: ReadonlyMap<string, Setting> = new Map(
  settingsOf(ConfigurationSchema).map((setting) => [variableOf(setting.path), setting]),
)

/** The settings in the environment, and what is wrong with the names of others. Empty ones count as absent. */
export function readEnvironment(environment: Readonly<Record<string, string | undefined>>): {
  settings: EnvironmentSetting[]
  faults: ConfigurationFault[]
} {
  const settings: EnvironmentSetting[] = []
  const faults: ConfigurationFault[] = []
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith(PREFIX) || !text || NOT_SETTINGS.test(variable)) continue
    const setting = byVariable.get(variable)
    if (setting) settings.push({ path: setting.path, value: fromText(text, setting.schema), variable })
    else faults.push(unknownVariable(variable))
  }
  return { settings, faults }
}

/** The text itself where the setting takes it; otherwise as JSON; otherwise as a list with commas. */
function fromText(text: string, schema: v.GenericSchema): unknown {
  const candidates = [() => text, () => JSON.parse(text) as unknown, () => text.split(',').map((each) => each.trim())]
  for (const candidate of candidates) {
    const value = attempt(candidate)
    if (value !== undefined && v.is(schema, value)) return value
  }
  return attempt(candidates[1] as () => unknown) ?? text
}

function attempt(make: () => unknown): unknown {
  try {
    return make()
  } catch {
    return undefined // not JSON: the next way of reading it is tried
  }
}

function unknownVariable(variable: string): ConfigurationFault {
  const meant = suggest(
    variable.slice(PREFIX.length),
    [...byVariable.keys()].map((name) => name.slice(PREFIX.length)),
  )
  const hint = meant ? `did you mean ${PREFIX}${meant}?` : 'all of them: parlour config reference'
  return { path: variable, reason: `is not a setting of the environment; ${hint}` }
}
