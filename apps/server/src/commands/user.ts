import type { Administration } from '../administration/connect.ts'
import { table } from '../terminal/table.ts'
import { administer } from './administered.ts'
import { type Command, type CommandContext, EXIT, UsageError } from './command.ts'
import { CONFIGURATION_OPTION_HELP, CONFIGURATION_OPTIONS, configurationOf } from './configured.ts'
import { addFromFile } from './import-users.ts'
import { choosePassword, PASSWORD_OPTION_HELP, PASSWORD_OPTIONS } from './password.ts'

const NO_PASSWORDS = 'one address is enough: a password on the command line could be read by everybody on this machine'

const userAdd: Command = {
  name: 'user add',
  summary: 'makes an account',
  usage: '<address>',
  tooMuch: NO_PASSWORDS,
  options: { ...PASSWORD_OPTIONS, from: { type: 'string' }, ...CONFIGURATION_OPTIONS },
  optionHelp: {
    ...PASSWORD_OPTION_HELP,
    from: 'makes an account for each line "address password" of a file (- for standard input)',
    ...CONFIGURATION_OPTION_HELP,
  },
  examples: [
    'parlour user add alice@localhost',
    'parlour user add bob@localhost --generate',
    'parlour user add carol@localhost < password.txt',
    'parlour user add --from accounts.txt',
  ],
  async run(context) {
    const file = context.values.from as string | undefined
    if (file !== undefined) return addFromFile(context, file)
    const address = addressIn(context)
    await using administration = await administer(context)
    await refuseOtherDomain(context, administration, address)
    const { password, isGenerated } = await choosePassword(context, address)
    const made = await administration.run('user.add', { address, password })
    context.print(`${made.address} can sign in now${isGenerated ? ', with this password:' : '.'}`)
    if (isGenerated) context.print(password)
    return EXIT.ok
  },
}

const userPasswd: Command = {
  name: 'user passwd',
  summary: 'gives an account another password and ends its sessions',
  usage: '<address>',
  tooMuch: NO_PASSWORDS,
  options: { ...PASSWORD_OPTIONS, ...CONFIGURATION_OPTIONS },
  optionHelp: { ...PASSWORD_OPTION_HELP, ...CONFIGURATION_OPTION_HELP },
  examples: ['parlour user passwd alice@localhost', 'parlour user passwd alice@localhost --generate'],
  async run(context) {
    const address = addressIn(context)
    await using administration = await administer(context)
    await refuseOtherDomain(context, administration, address)
    const { password, isGenerated } = await choosePassword(context, address)
    const { ended } = await administration.run('user.passwd', { address, password })
    context.print(`${address} has a new password${isGenerated ? ':' : '.'}${sessionsEnded(ended)}`)
    if (isGenerated) context.print(password)
    return EXIT.ok
  },
}

const DONE = {
  'user.remove': 'was removed, with all that was stored for it.',
  'user.disable': 'cannot sign in any more; everything of it is kept.',
  'user.enable': 'can sign in again.',
} as const

function changing(operation: keyof typeof DONE, summary: string): Command {
  const name = operation.replace('.', ' ')
  return {
    name,
    summary,
    usage: '<address>',
    options: CONFIGURATION_OPTIONS,
    optionHelp: CONFIGURATION_OPTION_HELP,
    examples: [`parlour ${name} alice@localhost`],
    async run(context) {
      const address = addressIn(context)
      await using administration = await administer(context)
      const { ended } = await administration.run(operation, { address })
      context.print(`${address} ${DONE[operation]}${sessionsEnded(ended)}`)
      return EXIT.ok
    },
  }
}

const userList: Command = {
  name: 'user list',
  summary: 'lists the accounts of all domains, or of some',
  usage: '[domain ...]',
  options: { json: { type: 'boolean' }, ...CONFIGURATION_OPTIONS },
  optionHelp: { json: 'one JSON object a line', ...CONFIGURATION_OPTION_HELP },
  examples: ['parlour user list', 'parlour user list example.org --json'],
  async run(context) {
    await using administration = await administer(context)
    const domains = context.positionals.length > 0 ? context.positionals : (await configurationOf(context)).domains
    for (const domain of domains) await listDomain(context, administration, domain)
    return EXIT.ok
  },
}

export const userCommands: readonly Command[] = [
  userAdd,
  userPasswd,
  changing('user.remove', 'removes an account with all that is stored for it, and ends its sessions'),
  changing('user.disable', 'keeps an account from signing in, and ends its sessions'),
  changing('user.enable', 'lets a disabled account sign in again'),
  userList,
]

const PAGE = 1000

async function listDomain(context: CommandContext, administration: Administration, domain: string): Promise<void> {
  const { print, values } = context
  let after: string | undefined
  for (;;) {
    const page = await administration.run('user.list', { domain, max: PAGE, ...(after !== undefined && { after }) })
    if (page.length === 0 && after === undefined && !values.json) print(`${domain} has no accounts.`)
    if (values.json) for (const account of page) print(JSON.stringify(account))
    else for (const line of table(page.map(rowOf))) print(line)
    if (page.length < PAGE) return
    after = page.at(-1)?.address
  }
}

function rowOf({
  address,
  created,
  isDisabled,
  sessions,
}: {
  address: string
  created: number
  isDisabled: boolean
  sessions: number
}) {
  const state = isDisabled ? 'disabled' : sessions > 0 ? `online, ${plural(sessions, 'session')}` : ''
  return [address, `since ${new Date(created).toISOString().slice(0, 10)}`, state]
}

/** Before a password is asked for. */
async function refuseOtherDomain(
  context: CommandContext,
  administration: Administration,
  address: string,
): Promise<void> {
  if (!address.includes('@')) {
    const { domains } = await configurationOf(context)
    throw new UsageError(`"${address}" is not an address: do you mean ${address}@${domains[0]}?`)
  }
  const [bare] = address.split('/', 1)
  if (bare !== address) throw new UsageError(`"${address}" has a resource: the account is ${bare}`)
  await administration.run('user.list', { domain: address.slice(address.lastIndexOf('@') + 1).toLowerCase(), max: 1 })
}

function addressIn({ positionals }: CommandContext): string {
  const [address] = positionals
  if (address === undefined) throw new UsageError('which account? Give its address, such as alice@localhost')
  return address
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`
const sessionsEnded = (count: number): string => (count > 0 ? ` ${plural(count, 'session')} ended.` : '')
