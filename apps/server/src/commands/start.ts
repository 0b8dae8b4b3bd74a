import { existsSync } from 'node:fs'
import { createServer } from '../create-server.ts'
import { createLogger } from '../log/logger.ts'
import { databaseFile } from '../open-kernel.ts'
import { firstRunText, laterRunText } from '../terminal/start-text.ts'
import { type Command, EXIT } from './command.ts'
import { CONFIGURATION_OPTION_HELP, CONFIGURATION_OPTIONS, configurationOf } from './configured.ts'
import { explainStart } from './explain-start.ts'
import { programName } from './program-name.ts'
import { waitForSignal } from './signals.ts'

export const start: Command = {
  name: 'start',
  summary: 'runs the server until it is told to stop',
  usage: '',
  options: CONFIGURATION_OPTIONS,
  optionHelp: CONFIGURATION_OPTION_HELP,
  examples: ['parlour start', 'parlour start --domain example.org'],
  async run(context) {
    const configuration = await configurationOf(context)
    const isFirst = configuration.storage === 'sqlite' && !existsSync(databaseFile(configuration.dataFolder))
    const log = createLogger(configuration.log, context.errorOutput)
    const server = await createServer({ ...configuration, logger: log }).catch(explainStart(configuration))
    const text = isFirst ? firstRunText : laterRunText
    for (const line of text(server, programName(context.environment))) context.print(line)
    const signal = await waitForSignal(log)
    log.info({ signal }, 'stopping')
    await server.close()
    log.info({}, 'stopped')
    return EXIT.ok
  },
}
