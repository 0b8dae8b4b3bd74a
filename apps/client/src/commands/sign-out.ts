import { signOut as voidToken } from '../connect/sign-out.ts'
import { type Command, EXIT } from './command.ts'
import { deviceOf, identityOf } from './device.ts'
import { accountOf, CONNECTION_OPTIONS, connectionOptions } from './session.ts'

const { account, server, ca, timeout } = CONNECTION_OPTIONS

export const signOut: Command = {
  name: 'sign-out',
  summary: 'voids the token that this machine keeps for an account (XEP-0484)',
  usage: '',
  options: { account, server, ca, timeout },
  notes: ['The next sign-in needs the password. Sessions of this machine end.'],
  examples: ['parlour-client sign-out -a juliet@example.org'],
  async run(context) {
    const jid = accountOf(context)
    const device = deviceOf(context)
    const isSignedOut = device ? await voidToken({ ...connectionOptions(context, jid), ...identityOf(device) }) : false
    context.print(isSignedOut ? `${jid.bare} is signed out` : `${jid.bare} has no token here`)
    return EXIT.ok
  },
}
