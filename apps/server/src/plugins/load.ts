import { createRequire } from 'node:module'
import { isAbsolute, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { AnyServerModule } from '@parlour/server-core'
import { ConfigurationError, type ConfigurationFault } from '../configuration/fault.ts'

/** The modules of all plug-ins that a configuration names. @throws ConfigurationError with every fault at once */
export async function loadPlugins(names: readonly string[], folder: string): Promise<AnyServerModule[]> {
  const loaded = await Promise.all(names.map((name, at) => loadPlugin(name, at, folder)))
  const faults = loaded.flatMap((each) => ('fault' in each ? [each.fault] : []))
  if (faults.length > 0) throw new ConfigurationError(faults)
  return loaded.flatMap((each) => ('modules' in each ? each.modules : []))
}

type Loaded = { readonly modules: readonly AnyServerModule[] } | { readonly fault: ConfigurationFault }

async function loadPlugin(name: string, at: number, folder: string): Promise<Loaded> {
  const path = `plugins.${at}`
  const refuse = (reason: string): Loaded => ({ fault: { path, reason: `"${name}" ${reason}` } })
  try {
    const loaded = (await import(urlOf(name, folder))) as { default?: unknown }
    const modules = Array.isArray(loaded.default) ? loaded.default : [loaded.default]
    const wrong = modules.map(wrongWith).find((reason) => reason !== undefined)
    return wrong === undefined ? { modules: modules as AnyServerModule[] } : refuse(wrong)
  } catch (error) {
    return refuse(isAbsent(error, name) ? absent(name, folder) : `cannot be loaded: ${(error as Error).message}`)
  }
}

const isPath = (name: string): boolean => name.startsWith('.') || isAbsolute(name)

/** A path from the folder of the configuration; a package as that folder sees it, and otherwise as this program does. */
function urlOf(name: string, folder: string): string {
  if (isPath(name)) return pathToFileURL(resolve(folder, name)).href
  try {
    const resolved = createRequire(join(resolve(folder), 'parlour.config.js')).resolve(name)
    return pathToFileURL(resolved).href
  } catch {
    return import.meta.resolve(name) // says what is missing, if it is
  }
}

/** What is wrong with a default export; `undefined` when it is a module. */
function wrongWith(value: unknown): string | undefined {
  if (value === undefined) return 'has no default export: write `export default defineServerModule({ … })`'
  if (typeof value !== 'object' || value === null)
    return `has a default export that is no server module but ${typeof value}`
  const { name, setup } = value as { name?: unknown; setup?: unknown }
  if (typeof name !== 'string' || name === '')
    return 'has a default export without `name`: make it with defineServerModule({ … })'
  return typeof setup === 'function'
    ? undefined
    : `has a default export without \`setup\`: make it with defineServerModule({ … })`
}

const ABSENT = new Set(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'])

/** The plug-in itself, not something that it imports. */
function isAbsent(error: unknown, name: string): boolean {
  const { code, message = '' } = error as { code?: string; message?: string }
  const file = isPath(name) ? name.replace(/^(\.\.?\/)+/, '') : name
  return ABSENT.has(code ?? '') && (message.split('imported from')[0] ?? '').includes(file)
}

function absent(name: string, folder: string): string {
  return isPath(name)
    ? `is not there: no file ${resolve(folder, name)}`
    : `is not installed in ${resolve(folder)}: npm install ${name}`
}
