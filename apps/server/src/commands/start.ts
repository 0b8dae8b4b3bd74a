import { createServer } from '../create-server.ts'
import { type Command, EXIT } from './command.ts'

export const start: Command = {
  name: 'start',
  summary: 'runs the server until it is told to stop',
  usage: '',
  options: {},
  optionHelp: {},
  examples: ['parlour start'],
  async run({ print }) {
    const server = await createServer({})
    print(`listening: ${JSON.stringify(server.listeners.starttls?.address)}`)
    await new Promise((resolve) => process.once('SIGTERM', resolve).once('SIGINT', resolve))
    await server.close()
    return EXIT.ok
  },
}
