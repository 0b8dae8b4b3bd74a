import type { Administration } from '../administration/connect.ts'
import type { OperationResult } from '../administration/operations.ts'
import { printable, printableJson } from '../terminal/printable.ts'
import { table } from '../terminal/table.ts'
import { administer } from './administered.ts'
import { type Command, type CommandContext, EXIT, UsageError } from './command.ts'
import { CONFIGURATION_OPTION_HELP, CONFIGURATION_OPTIONS } from './configured.ts'

type Device = OperationResult<'user.devices'>[number]

const userDevices: Command = {
  name: 'user devices',
  summary: 'lists the devices that have access to an account, or revokes the access of one',
  usage: '<address>',
  options: { revoke: { type: 'string' }, json: { type: 'boolean' }, ...CONFIGURATION_OPTIONS },
  optionHelp: {
    revoke: 'voids the tokens of the device with this id and ends its sessions',
    json: 'one JSON object a line',
    ...CONFIGURATION_OPTION_HELP,
  },
  examples: ['parlour user devices alice@localhost', 'parlour user devices alice@localhost --revoke 5hKZbY1cV0e3Qm8t'],
  async run(context) {
    const [address] = context.positionals
    if (address === undefined) throw new UsageError('which account? Give its address, such as alice@localhost')
    await using administration = await administer(context)
    const device = context.values.revoke as string | undefined
    if (device === undefined) await list(context, administration, address)
    else await revoke(context, administration, address, device)
    return EXIT.ok
  },
}

async function list(context: CommandContext, administration: Administration, address: string): Promise<void> {
  const devices = await administration.run('user.devices', { address })
  if (context.values.json) for (const device of devices) context.print(printableJson(device))
  else if (devices.length === 0) context.print(`No device of ${address} has named itself.`)
  else for (const line of table(devices.map(rowOf))) context.print(line)
}

async function revoke(
  { print }: CommandContext,
  administration: Administration,
  address: string,
  id: string,
): Promise<void> {
  const { device, revocation } = await administration.run('user.revoke', { address, device: id })
  if (revocation === 'revoked') print(`${nameOf(device)} has no access to ${address} any more.`)
  else {
    print(`${nameOf(device)} is signed out, and its tokens are void.`)
    print('It has signed in with the password: until the account gets another one, it may do so again.')
  }
}

/** As the device calls itself, which may be anything. */
const nameOf = ({ device, software, id }: Device): string =>
  printable([device, software && (device === undefined ? software : `(${software})`)].filter(Boolean).join(' ') || id)

const WAYS = { password: 'password', token: 'token', certificate: 'certificate' } as const

function rowOf(device: Device): string[] {
  const { id, firstSeen, lastSeen, isConnected, methods, hasToken } = device
  const how = [...methods.map((method) => WAYS[method]), ...(hasToken && !methods.includes('token') ? ['token'] : [])]
  return [
    id,
    nameOf(device),
    `since ${day(firstSeen)}`,
    isConnected ? 'connected' : `last ${day(lastSeen)}`,
    how.join(', '),
  ]
}

const day = (at: number): string => new Date(at).toISOString().slice(0, 10)

export const deviceCommands: readonly Command[] = [userDevices]
