import type { Host } from './host.ts'
import type { Logger } from './logger.ts'
import type { ModuleHost, Registration, ServerModule } from './module.ts'
import { recordRegistrations } from './registration-record.ts'

/** A fault in the list of modules or in a module's configuration; the message names module, path and reason. */
export class ModuleError extends Error {
  override readonly name = 'ModuleError'
  readonly module: string

  constructor(module: string, message: string, options?: ErrorOptions) {
    super(`module ${module}: ${message}`, options)
    this.module = module
  }
}

// biome-ignore lint/suspicious/noExplicitAny: a list of modules holds modules of any configuration
export type AnyServerModule = ServerModule<any>

/** Makes what one module sees of the host. */
export type ModuleHostFactory = (module: AnyServerModule, host: Host, config: unknown) => ModuleHost

/**
 * The modules in an order in which each follows those it requires.
 * @throws ModuleError for a requirement that is missing or circular, and for a name used twice.
 */
export function sortModules(modules: readonly AnyServerModule[]): AnyServerModule[] {
  const byName = new Map<string, AnyServerModule>()
  for (const module of modules) {
    if (byName.has(module.name)) throw new ModuleError(module.name, 'is listed twice')
    byName.set(module.name, module)
  }
  const sorted = new Set<AnyServerModule>()
  const visit = (module: AnyServerModule, path: readonly string[]): void => {
    if (sorted.has(module)) return
    if (path.includes(module.name))
      throw new ModuleError(module.name, `requires itself: ${[...path, module.name].join(' → ')}`)
    for (const name of module.requires ?? []) {
      const required = byName.get(name)
      if (!required)
        throw new ModuleError(module.name, `requires the module ${name}, which is not in the list of modules`)
      visit(required, [...path, module.name])
    }
    sorted.add(module)
  }
  for (const module of modules) visit(module, [])
  return [...sorted]
}

/** Sets all modules up on a host. Undone, last first, by the function it returns. A failure undoes what was set up. */
export async function loadModules(
  modules: readonly AnyServerModule[],
  host: Host,
  makeHost: ModuleHostFactory,
  log: Logger,
): Promise<() => Promise<void>> {
  const loaded: { name: string; registrations: readonly Registration[] }[] = []
  const unload = async () => {
    for (const { name, registrations } of loaded.splice(0).reverse()) await undo(name, registrations, log)
  }
  try {
    for (const module of sortModules(modules)) {
      const config = await validate(module, host.options.modules[module.name])
      loaded.push({ name: module.name, registrations: await setUp(module, makeHost(module, host, config), log) })
    }
  } catch (error) {
    await unload()
    throw error
  }
  return unload
}

async function setUp(module: AnyServerModule, moduleHost: ModuleHost, log: Logger): Promise<readonly Registration[]> {
  const record = recordRegistrations(moduleHost)
  try {
    return await module.setup(record.host)
  } catch (error) {
    await undo(module.name, record.registrations, log)
    throw error
  } finally {
    record.end()
  }
}

/** @throws ModuleError with every fault of the section at once. */
async function validate(module: AnyServerModule, section: unknown): Promise<unknown> {
  if (!module.config) {
    if (section !== undefined && Object.keys(section as object).length > 0)
      throw new ModuleError(module.name, 'takes no configuration')
    return {}
  }
  const result = await module.config['~standard'].validate(section ?? {})
  if (!result.issues) return result.value
  const faults = result.issues.map((issue) => `${pathOf(issue.path)}: ${issue.message}`)
  throw new ModuleError(module.name, faults.join('; '))
}

function pathOf(path: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined): string {
  return (path ?? []).map((step) => String(typeof step === 'object' ? step.key : step)).join('.') || 'configuration'
}

async function undo(module: string, registrations: readonly Registration[], log: Logger): Promise<void> {
  for (const registration of [...registrations].reverse()) {
    try {
      await registration()
    } catch (error) {
      log.error({ module, error }, 'the module failed to undo a registration')
    }
  }
}
