import { readFileSync } from 'node:fs'
import { type Client, ClientError } from '@parlour/client-core'
import { type Jid, parseJid } from '@parlour/jid'
import { startClient } from '../connect/connect.ts'
import type { Device } from '../connect/device-file.ts'
import type { ConnectOptions } from '../connect/options.ts'
import { parseService } from '../connect/service.ts'
import { type CommandContext, type OptionsWithHelp, UsageError } from './command.ts'
import { deviceOf, identityOf } from './device.ts'
import { hasPassword, readPassword } from './password.ts'

/** Options of every command that connects. */
export const CONNECTION_OPTIONS = {
  account: {
    type: 'string',
    short: 'a',
    value: 'address',
    help: 'your address, such as juliet@example.org; default: PARLOUR_ACCOUNT',
  },
  'password-file': {
    type: 'string',
    value: 'file',
    help: 'file with the password; otherwise PARLOUR_PASSWORD, otherwise it is asked for',
  },
  server: {
    type: 'string',
    short: 's',
    value: 'host:port',
    help: 'instead of what DNS says; xmpps://host:port for direct TLS; default: PARLOUR_SERVER',
  },
  ca: { type: 'string', value: 'file', help: 'certificates (PEM) to trust besides the usual; default: PARLOUR_CA' },
  'no-token': { type: 'boolean', help: 'leave no token on this machine, and use none: the password is asked for' },
  timeout: { type: 'string', short: 't', value: 'seconds', help: 'how long to wait for each answer; default 30' },
} as const satisfies OptionsWithHelp

/** The account of `--account` or `PARLOUR_ACCOUNT`. */
export function accountOf({ values, environment }: CommandContext): Jid {
  const text = values.account ?? environment.PARLOUR_ACCOUNT
  if (typeof text !== 'string' || text === '') throw new UsageError('Whose account? Give --account <address>.')
  const jid = parseJid(text)
  if (jid.local === '') throw new UsageError(`"${text}" is no account; example: juliet@example.org`)
  return jid
}

/** How to connect, without the password. */
export function connectionOptions(context: CommandContext, jid: Jid): ConnectOptions & { readonly jid: Jid } {
  const { values, environment } = context
  const service = values.server ?? (environment.PARLOUR_SERVER || undefined)
  const ca = values.ca ?? (environment.PARLOUR_CA || undefined)
  const seconds = secondsOf(context)
  return {
    jid,
    connectTimeout: seconds * 1000,
    negotiationTimeout: seconds * 1000,
    ...(typeof service === 'string' && { service: checkedService(service) }),
    ...(typeof ca === 'string' && { ca: readCertificates(ca) }),
  }
}

/** `--timeout`, in seconds. */
export function secondsOf({ values }: CommandContext): number {
  return positiveNumber(values.timeout ?? '30', '--timeout')
}

/** @throws {UsageError} */
export function positiveNumber(text: unknown, option: string): number {
  const number = Number(text)
  if (!(number > 0 && number <= 1_000_000)) throw new UsageError(`${option} wants a number above 0, not "${text}".`)
  return number
}

/** Signs in, runs, closes; a command connects once, it does not try again. */
export async function withClient<Result>(
  context: CommandContext,
  use: (client: Client) => Promise<Result>,
  changes: Pick<ConnectOptions, 'reconnection'> = { reconnection: false },
  knownPassword?: string,
): Promise<Result> {
  const jid = accountOf(context)
  // Who tells its password means it to be used.
  const device = knownPassword === undefined ? deviceOf(context) : undefined
  const options = { ...connectionOptions(context, jid), ...(device && identityOf(device)), ...changes }
  const password = knownPassword ?? (await passwordUnlessToken(context, jid, device))
  await using client = await signIn(context, { ...options, ...(password !== undefined && { password }) })
  return await use(client)
}

/** Nothing while a token does for it; then it is asked for only when the server refuses that. */
async function passwordUnlessToken(context: CommandContext, jid: Jid, device: Device | undefined) {
  if (hasPassword(context)) return readPassword(context, '')
  const token = await device?.tokens.get(jid)
  return token && token.expiry > Date.now() ? undefined : readPassword(context, promptFor(jid))
}

async function signIn(context: CommandContext, options: ConnectOptions & { readonly jid: Jid }): Promise<Client> {
  const client = startClient(options)
  try {
    await client.online()
    return client
  } catch (error) {
    await client.close()
    const wantsPassword = error instanceof ClientError && error.code === 'authentication-failed'
    if (!wantsPassword || options.password !== undefined) throw error
    return signIn(context, { ...options, password: await readPassword(context, promptFor(options.jid)) })
  }
}

const promptFor = (jid: Jid): string => `Password of ${jid.bare}: `

function checkedService(service: string): string {
  try {
    parseService(service)
    return service
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause })
  }
}

function readCertificates(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new UsageError(`The certificates cannot be read: ${(cause as Error).message}`, { cause })
  }
}
