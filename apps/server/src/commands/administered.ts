import { type Administration, connectToServer } from '../administration/connect.ts'
import { openOffline } from '../administration/offline.ts'
import { AdministrationError } from '../administration/protocol.ts'
import type { CommandContext } from './command.ts'
import { configurationOf, loadFor } from './configured.ts'

/** The running server, or its storage when none runs; then says so. */
export async function administer(context: CommandContext): Promise<Administration> {
  const { configuration, folder } = await loadFor(context)
  const live = await connectToServer(configuration.dataFolder)
  if (live) return live
  if (configuration.storage === 'memory') {
    throw new AdministrationError(
      'not-running',
      `no server runs on ${configuration.dataFolder}, and its storage is in memory`,
    )
  }
  const offline = await openOffline(configuration, folder)
  context.printError(`No server runs on ${configuration.dataFolder}: its database is opened directly.`)
  return offline
}

/** The running server. @throws AdministrationError `not-running` */
export async function requireServer(context: CommandContext): Promise<Administration> {
  const { dataFolder } = await configurationOf(context)
  const live = await connectToServer(dataFolder)
  if (live) return live
  throw new AdministrationError('not-running', `no server runs on the data folder ${dataFolder}`)
}
