import { readFileSync } from 'node:fs'
import type { Client } from '@parlour/client-core'
import { type Jid, parseJid } from '@parlour/jid'
import { startClient } from '../connect/connect.ts'
import type { ConnectOptions } from '../connect/options.ts'
import { parseService } from '../connect/service.ts'
import { type CommandContext, type OptionsWithHelp, UsageError } from './command.ts'
import { readPassword } from './password.ts'

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
export function connectionOptions(context: CommandContext, jid: Jid): ConnectOptions {
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
  changes: Partial<ConnectOptions> = { reconnection: false },
  knownPassword?: string,
): Promise<Result> {
  const jid = accountOf(context)
  const options = connectionOptions(context, jid)
  const password = knownPassword ?? (await readPassword(context, `Password of ${jid.bare}: `))
  await using client = startClient({ ...options, password, ...changes })
  await client.online()
  return await use(client)
}

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
