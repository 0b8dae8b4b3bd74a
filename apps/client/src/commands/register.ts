import { credentialsElement, removalElement } from '@parlour/extensions/registration'
import type { Jid } from '@parlour/jid'
import { register as registerAccount } from '../connect/register.ts'
import { type Command, type CommandContext, EXIT, UsageError } from './command.ts'
import { readNewPassword, readPassword } from './password.ts'
import { accountOf, CONNECTION_OPTIONS, connectionOptions, secondsOf, withClient } from './session.ts'

export const register: Command = {
  name: 'register',
  summary: 'makes an account, changes its password, or removes it (XEP-0077)',
  usage: '[account]',
  options: {
    ...CONNECTION_OPTIONS,
    'change-password': { type: 'boolean', help: 'sign in, and change the password' },
    'new-password-file': { type: 'string', value: 'file', help: 'file with the new one; or PARLOUR_NEW_PASSWORD' },
    remove: { type: 'boolean', help: 'sign in, and remove the account with all it holds' },
    yes: { type: 'boolean', help: 'with --remove: it is meant; without, nothing is removed' },
  },
  notes: ['Many servers make no accounts for strangers; then the administrator does.'],
  examples: [
    'parlour-client register juliet@localhost --server localhost:5222 --ca parlour-data/development-authority.pem',
    'parlour-client register juliet@example.org --change-password',
    'parlour-client register juliet@example.org --remove --yes',
  ],
  async run(context) {
    const [account, ...surplus] = context.positionals
    if (surplus.length > 0) throw new UsageError('register takes one account.')
    const values = { ...context.values, ...(account !== undefined && { account }) }
    const { 'change-password': change, remove } = values as Record<string, unknown>
    if (change === true && remove === true) throw new UsageError('Either --change-password or --remove.')
    const act = change ? changePassword : remove ? removeAccount : makeAccount
    await act({ ...context, values }, accountOf({ ...context, values }))
    return EXIT.ok
  },
}

async function makeAccount(context: CommandContext, jid: Jid): Promise<void> {
  const options = connectionOptions(context, jid)
  const password = await readNewPassword(context, jid, { file: 'password-file', variable: 'PARLOUR_PASSWORD' })
  await registerAccount({ ...options, jid, password })
  context.print(`${jid.bare} is registered`)
}

async function changePassword(context: CommandContext, jid: Jid): Promise<void> {
  // Asked for first: nobody is kept signed in while a person thinks of a password.
  const old = await readPassword(context, `Password of ${jid.bare}: `)
  const password = await readNewPassword(context, jid, { file: 'new-password-file', variable: 'PARLOUR_NEW_PASSWORD' })
  const timeoutMs = secondsOf(context) * 1000
  await withClient(
    context,
    (client) => client.iq.set(credentialsElement(jid.local, password), { to: jid.domain, timeoutMs }),
    { reconnection: false },
    old,
  )
  context.print(`the password of ${jid.bare} is changed`)
}

async function removeAccount(context: CommandContext, jid: Jid): Promise<void> {
  if (context.values.yes !== true)
    throw new UsageError(`This removes ${jid.bare} and all it holds from the server. If you mean it, add --yes.`)
  const timeoutMs = secondsOf(context) * 1000
  await withClient(context, (client) => client.iq.set(removalElement(), { timeoutMs }))
  context.print(`${jid.bare} is removed`)
}
