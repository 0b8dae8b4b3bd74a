import { basename } from 'node:path'
import { CONFIG_VARIABLE, readEnvironment } from './environment.ts'
import { ConfigurationError, type ConfigurationFault } from './fault.ts'
import { type ConfigurationFile, findFile, readFile } from './file.ts'
import { readConfiguration } from './read.ts'
import type { Configuration, ConfigurationInput } from './schema.ts'

/** Whence a configuration is put together; what comes later here counts more. */
export interface ConfigurationOrigin {
  /** Where a file is looked for when none is named. */
  readonly folder: string
  /** The file named by `--config`. */
  readonly file?: string | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  /** From the command line; `source` such as `--domain`. */
  readonly options: readonly { readonly path: readonly string[]; readonly value: unknown; readonly source: string }[]
}

export interface LoadedConfiguration {
  readonly configuration: Configuration
  readonly input: ConfigurationInput
  readonly file: ConfigurationFile | undefined
  /** Where paths of plug-ins go out from: the folder of the file, or the current one. */
  readonly folder: string
  /** Where the value at a path comes from; `undefined` for defaults. */
  sourceOf(path: string): string | undefined
}

/** Finds, reads, merges and validates. @throws ConfigurationError with every fault at once */
export async function loadConfiguration(origin: ConfigurationOrigin): Promise<LoadedConfiguration> {
  const path = origin.file ?? origin.environment[CONFIG_VARIABLE] ?? findFile(origin.folder)
  const file = path === undefined ? undefined : await readFile(path)
  const { settings, faults } = readEnvironment(origin.environment)
  const fromEnvironment = settings.map(({ path, value, variable }) => ({ path, value, source: variable }))
  const overriding = [...fromEnvironment, ...origin.options]
  const input = structuredCloneOf(file?.content ?? {})
  for (const { path, value } of overriding) put(input, path, value)
  const sourceOf = (path: string): string | undefined =>
    overriding.findLast(({ path: keys }) => isWithin(path, keys.join('.')))?.source ??
    (file && has(file.content, path.split('.')) ? basename(file.path) : undefined)
  const configuration = validate(input, faults, sourceOf)
  return { configuration, input: input as ConfigurationInput, file, folder: file?.folder ?? origin.folder, sourceOf }
}

function validate(input: unknown, faults: readonly ConfigurationFault[], sourceOf: LoadedConfiguration['sourceOf']) {
  try {
    const configuration = readConfiguration(input)
    if (faults.length === 0) return configuration
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    throw new ConfigurationError([...faults, ...error.faults.map((fault) => withSource(fault, sourceOf))])
  }
  throw new ConfigurationError(faults)
}

export function withSource(fault: ConfigurationFault, sourceOf: LoadedConfiguration['sourceOf']): ConfigurationFault {
  const source = fault.source ?? sourceOf(fault.path)
  return source === undefined ? fault : { ...fault, source }
}

type Tree = { [key: string]: unknown }

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Sections are copied, so that values can be put in; values themselves are not touched. */
function structuredCloneOf(value: unknown): Tree {
  if (!isTree(value)) return {}
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, isTree(inner) ? structuredCloneOf(inner) : inner]),
  )
}

function put(tree: Tree, [key, ...rest]: readonly string[], value: unknown): void {
  if (key === undefined) return
  if (rest.length === 0) {
    tree[key] = value
    return
  }
  if (!isTree(tree[key])) tree[key] = {}
  put(tree[key] as Tree, rest, value)
}

function has(value: unknown, [key, ...rest]: readonly string[]): boolean {
  if (key === undefined) return true
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) && has((value as Tree)[key], rest)
}

const isWithin = (path: string, outer: string): boolean => path === outer || path.startsWith(`${outer}.`)
