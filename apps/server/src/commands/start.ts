import { existsSync } from 'node:fs'
import type { Logger } from '@parlour/server-core'
import { createServer, type Server } from '../create-server.ts'
import { createLogger } from '../log/logger.ts'
import { databaseFile } from '../open-kernel.ts'
import { firstRunText, laterRunText } from '../terminal/start-text.ts'
import { type Command, EXIT } from './command.ts'
import { CONFIGURATION_OPTION_HELP, CONFIGURATION_OPTIONS, loadFor } from './configured.ts'
import { explainStart } from './explain-start.ts'
import { programNames } from './program-name.ts'
import { type Ending, watchProcess } from './watch-process.ts'

export const start: Command = {
  name: 'start',
  summary: 'runs the server until it is told to stop',
  usage: '',
  options: CONFIGURATION_OPTIONS,
  optionHelp: CONFIGURATION_OPTION_HELP,
  examples: ['parlour start', 'parlour start --domain example.org', 'PARLOUR_LISTEN_STARTTLS=15222 parlour start'],
  async run(context) {
    // What is written from here on is for the user of this process only: verifiers of passwords, messages, keys.
    process.umask(0o077)
    const loaded = await loadFor(context)
    const { configuration, folder } = loaded
    const isFirst = configuration.storage === 'sqlite' && !existsSync(databaseFile(configuration.dataFolder))
    const log = createLogger(configuration.log, context.errorOutput)
    using watch = watchProcess(log)
    const programs = programNames(context, loaded)
    const server = await createServer({ ...configuration, folder, logger: log }).catch(
      explainStart(configuration, programs),
    )
    const text = isFirst ? firstRunText : laterRunText
    for (const line of text(server, programs)) context.print(line)
    watch.onReload(() => reload(server, log))
    return end(await watch.ending, server, log)
  },
}

function reload(server: Server, log: Logger): void {
  try {
    if (!server.reloadCertificates())
      log.info({}, 'nothing to read again: the certificate is the one for development (`certificates` names no files)')
  } catch (error) {
    log.error({ error }, 'the certificates cannot be used; the former ones stay')
  }
}

async function end(ending: Ending, server: Server, log: Logger): Promise<number> {
  if (ending.kind === 'fault') log.error({ error: ending.error }, 'a fault of the server: it stops')
  else log.info({ signal: ending.signal }, 'stopping: streams are closed, what is under way is finished')
  await server.close()
  log.info({}, 'stopped')
  return ending.kind === 'fault' ? EXIT.failed : EXIT.ok
}
