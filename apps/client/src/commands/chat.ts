import type { Client } from '@parlour/client-core'
import { fatalError } from '../terminal/chat.ts'
import { TerminalChat, type TerminalOptions } from '../terminal/terminal-chat.ts'
import { type Command, type CommandContext, EXIT, UsageError } from './command.ts'
import { CONNECTION_OPTIONS, withClient } from './session.ts'

export const chat: Command = {
  name: 'chat',
  summary: 'talks, on a full screen',
  usage: '[account]',
  options: {
    ...CONNECTION_OPTIONS,
    bell: { type: 'boolean', help: 'ring when somebody says something' },
    ascii: { type: 'boolean', help: 'draw with ASCII only; also when the locale is not UTF-8' },
  },
  notes: [
    'Inside, /help shows commands and keys. Colours are left out when NO_COLOR is set.',
    'Connects again by itself when the connection is lost.',
  ],
  examples: [
    'parlour-client romeo@example.org',
    'parlour-client chat romeo@localhost --server localhost:5222 --ca parlour-data/development-authority.pem',
  ],
  async run(context) {
    const { stdin, stdout } = process
    if (!stdin.isTTY || !stdout.isTTY)
      throw new UsageError('chat needs a terminal; for programs there are send and listen.')
    const [account, ...surplus] = context.positionals
    if (surplus.length > 0) throw new UsageError('chat takes one account.')
    const forAccount = { ...context, values: { ...context.values, ...(account !== undefined && { account }) } }
    context.complain('connecting…')
    const talk = async (client: Client): Promise<number> => {
      await new TerminalChat(client, stdin, stdout, terminalOptions(context)).run()
      const error = fatalError(client)
      if (error) throw error
      return EXIT.ok
    }
    return withClient(forAccount, talk, {})
  },
}

function terminalOptions({ values, environment }: CommandContext): TerminalOptions {
  const { LC_ALL, LC_CTYPE, LANG, NO_COLOR, TERM } = environment
  const locale = LC_ALL || LC_CTYPE || LANG || ''
  return {
    bell: values.bell === true,
    unicode: values.ascii !== true && /utf-?8/i.test(locale),
    colours: !NO_COLOR && TERM !== 'dumb',
  }
}
