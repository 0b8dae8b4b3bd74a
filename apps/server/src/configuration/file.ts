import { existsSync, readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseDocument } from 'yaml'
import { faultText } from '../terminal/fault-text.ts'
import { ConfigurationError } from './fault.ts'

/** The names that are looked for in the current folder. */
const FILE_NAMES = ['ts', 'mts', 'js', 'mjs', 'yaml', 'yml', 'json'].map((extension) => `parlour.config.${extension}`)

/** A configuration file as it was read. */
export interface ConfigurationFile {
  readonly path: string
  /** Paths in it are relative to this. */
  readonly folder: string
  readonly content: unknown
}

/** The configuration file of a folder, if it has one. @throws ConfigurationError when it has several */
export function findFile(folder: string): string | undefined {
  const found = FILE_NAMES.filter((name) => existsSync(join(folder, name)))
  if (found.length > 1) throw fault(found.join(' and '), 'are both here: keep one, or name it with --config')
  return found[0] && join(folder, found[0])
}

/** @throws ConfigurationError when it cannot be read */
export async function readFile(path: string): Promise<ConfigurationFile> {
  const absolute = resolve(path)
  if (!existsSync(absolute)) throw fault(path, 'does not exist')
  const read = READERS[extname(absolute)]
  if (!read) throw fault(path, `is of no known kind: it ends in ${Object.keys(READERS).join(', ')}`)
  const content = (await read(absolute)) ?? {}
  const text = textOf(content, path)
  if (typeof content !== 'object' || Array.isArray(content)) throw fault(path, `holds no settings but ${text}`)
  return { path: absolute, folder: dirname(absolute), content }
}

/** Settings can be written as JSON: what cannot (a YAML alias inside its own anchor, a BigInt) is none. */
function textOf(content: unknown, path: string): string {
  try {
    return JSON.stringify(content)
  } catch (error) {
    throw fault(path, `holds something that is no setting: ${(error as Error).message.split('\n')[0]}`, error)
  }
}

const READERS: Readonly<Record<string, (path: string) => unknown>> = {
  '.ts': readModule,
  '.mts': readModule,
  '.js': readModule,
  '.mjs': readModule,
  '.yaml': readYaml,
  '.yml': readYaml,
  '.json': readJson,
}

async function readModule(path: string): Promise<unknown> {
  const hooks = offerOurselves()
  try {
    const module = (await import(pathToFileURL(path).href)) as { default?: unknown }
    if (!hasDefault(module))
      throw fault(basename(path), 'has no default export: write `export default defineConfiguration({ … })`')
    return await module.default
  } catch (error) {
    if (error instanceof ConfigurationError) throw error
    throw fault(basename(path), `cannot be loaded: ${(error as Error).message}`, error)
  } finally {
    hooks.deregister()
  }
}

/** A file without any import or export is taken for CommonJS, which exports an empty object. */
function hasDefault(module: { default?: unknown }): boolean {
  const isEmpty = 'module.exports' in module && Object.keys(module.default ?? {}).length === 0
  return module.default !== undefined && !isEmpty
}

/** `@parlour/server` means this program where the folder of the file has no package of that name. */
function offerOurselves(): ReturnType<typeof registerHooks> {
  const ourselves = new URL(import.meta.url.endsWith('.ts') ? '../index.ts' : './index.js', import.meta.url).href
  return registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context)
      } catch (error) {
        if (specifier !== '@parlour/server') throw error
        return { url: ourselves, shortCircuit: true }
      }
    },
  })
}

function readYaml(path: string): unknown {
  const document = parseDocument(textIn(path), { prettyErrors: true, logLevel: 'error' })
  const [error] = document.errors
  if (error) throw fault(basename(path), `is no YAML: ${error.message}`, error)
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    throw fault(basename(path), `is no YAML: ${(error as Error).message}`, error)
  }
}

function readJson(path: string): unknown {
  const text = textIn(path)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw fault(basename(path), `is no JSON: ${(error as Error).message}`, error)
  }
}

function textIn(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw fault(basename(path), `cannot be read: ${faultText(error)}`, error)
  }
}

const fault = (path: string, reason: string, cause?: unknown): ConfigurationError =>
  new ConfigurationError([{ path, reason }], cause === undefined ? undefined : { cause })
