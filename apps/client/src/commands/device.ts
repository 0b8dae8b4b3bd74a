import { hostname } from 'node:os'
import { join } from 'node:path'
import { type Device, openDeviceFile } from '../connect/device-file.ts'
import type { ConnectOptions } from '../connect/options.ts'
import { type CommandContext, UsageError } from './command.ts'

const STATE = '.local/state/parlour'

/**
 * What this program is known by, in the folder PARLOUR_STATE, or where the XDG Base Directory Specification has it. Nothing
 * is kept without a home, or with --no-token.
 *
 * @throws {UsageError} when the file can neither be made nor read
 */
export function deviceOf({ values, environment, complain }: CommandContext): Device | undefined {
  const { PARLOUR_STATE, XDG_STATE_HOME, HOME } = environment
  const folder = PARLOUR_STATE || (XDG_STATE_HOME ? join(XDG_STATE_HOME, 'parlour') : HOME && join(HOME, STATE))
  if (values['no-token'] === true || !folder) return undefined
  try {
    return telling(openDeviceFile(join(folder, 'device.json')), complain)
  } catch (cause) {
    const why = (cause as Error).message
    throw new UsageError(`Nothing can be kept in ${folder} (--no-token keeps nothing): ${why}`, { cause })
  }
}

/** That a token cannot be kept costs a password at the next sign-in: nothing that runs is to end for it. */
function telling({ id, tokens }: Device, complain: CommandContext['complain']): Device {
  const tell = (error: Error) => complain(`The token for the next time cannot be kept: ${error.message}`)
  return {
    id,
    tokens: {
      get: (account) => tokens.get(account),
      put: (account, token) => tokens.put(account, token).catch(tell),
      delete: (account) => tokens.delete(account).catch(tell),
    },
  }
}

/** How it makes itself known. */
export function identityOf({ id, tokens }: Device): Required<Pick<ConnectOptions, 'tokens' | 'userAgent'>> {
  return { tokens, userAgent: { id, software: 'parlour-client', device: hostname() } }
}
