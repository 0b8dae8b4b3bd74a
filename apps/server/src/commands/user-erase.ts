import { ask } from '../terminal/prompt.ts'
import { administer } from './administered.ts'
import { type Command, type CommandContext, EXIT, UsageError } from './command.ts'
import { CONFIGURATION_OPTION_HELP, CONFIGURATION_OPTIONS } from './configured.ts'

/** What no server can take back; told after each erasure. */
const ELSEWHERE = [
  'Not here, and so not erased: messages that others have received, on their devices and in their archives, on this',
  'server too; what other servers hold; exports and backups made before; lines of logs, which name addresses.',
]

const userErase: Command = {
  name: 'user erase',
  summary: 'removes an account with all that is stored for it, and leaves nothing of it in the database file',
  usage: '<address>',
  options: { yes: { type: 'boolean' }, 'keep-file': { type: 'boolean' }, ...CONFIGURATION_OPTIONS },
  optionHelp: {
    yes: 'does not ask',
    'keep-file':
      'does not write the database file anew, during which the server waits (seconds for each gigabyte): remains may be left in it',
    ...CONFIGURATION_OPTION_HELP,
  },
  examples: ['parlour user erase alice@localhost', 'parlour user erase alice@localhost --yes'],
  async run(context) {
    const [address] = context.positionals
    if (address === undefined) throw new UsageError('which account? Give its address, such as alice@localhost')
    await using administration = await administer(context)
    if (!context.values.yes) await confirm(context, address)
    const purges = context.values['keep-file'] !== true
    const { ended, remains } = await administration.run('user.erase', { address, purges })
    context.print(`${address} was erased.${ended > 0 ? ` ${ended} sessions ended.` : ''}`)
    if (remains !== undefined) context.print(`Remains of it may be left in the database file: ${remains}.`)
    if (!administration.isLive)
      context.print('No server runs, so contacts on other servers were not told; erase accounts while it runs.')
    for (const line of ELSEWHERE) context.print(line)
    return remains === undefined || !purges ? EXIT.ok : EXIT.failed
  },
}

async function confirm({ input, errorOutput }: CommandContext, address: string): Promise<void> {
  if (!input.isTTY) throw new UsageError('nobody is there to be asked: --yes erases without asking')
  errorOutput.write(`This erases ${address} with its contacts, messages and everything else, for ever.\n`)
  const answer = await ask('Type the address to erase it: ', input, errorOutput)
  if (answer.trim() !== address) throw new UsageError('that is not the address: nothing was changed')
}

export const eraseCommands: readonly Command[] = [userErase]
