import { silentLogger } from '@parlour/server-core'
import { StorageError } from '@parlour/storage'
import type { Configuration } from '../configuration/schema.ts'
import { builtInModules } from '../modules.ts'
import { openKernel, openStorage } from '../open-kernel.ts'
import { loadPlugins } from '../plugins/load.ts'
import { checkSections } from '../plugins/sections.ts'
import type { Administration } from './connect.ts'
import {
  type OperationName,
  type OperationParameters,
  type OperationProgress,
  type OperationResult,
  runOperation,
} from './operations.ts'
import { AdministrationError } from './protocol.ts'

/** Administers the storage of a server that does not run: its modules are loaded, so that hooks run and nothing is left behind. */
export async function openOffline(configuration: Configuration, folder: string): Promise<Administration> {
  const modules = [...builtInModules, ...(await loadPlugins(configuration.plugins, folder))]
  await checkSections(configuration, modules)
  await using undo = new AsyncDisposableStack()
  const storage = undo.use(await openStorage(configuration).catch(explainLock))
  const kernel = await openKernel(configuration, storage, { modules, restoresSessions: false }, silentLogger)
  undo.defer(() => kernel.stop())
  const target = { configuration, kernel, storage, status: refuseStatus, federation: undefined }
  const ended = new AbortController()
  undo.defer(() => ended.abort())
  const opened = undo.move()
  return {
    isLive: false,
    run: <Name extends OperationName>(
      name: Name,
      parameters: OperationParameters<Name>,
      progress: (step: OperationProgress<Name>) => void = () => {},
    ) =>
      runOperation(target, name, parameters, {
        progress: progress as (step: unknown) => void,
        signal: ended.signal,
      }) as Promise<OperationResult<Name>>,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

function explainLock(error: unknown): never {
  if (error instanceof StorageError && error.code === 'locked') {
    const message = `${error.message}\nIt takes no commands (yet): try again in a moment, or see whether its configuration has administration off.`
    throw new AdministrationError('locked', message, { cause: error })
  }
  throw error
}

function refuseStatus(): never {
  throw new AdministrationError('not-running', 'no server runs')
}
