import { ClientError } from '@parlour/client-core'
import { parseJid } from '@parlour/jid'
import { streamOpener } from './open.ts'
import type { ConnectOptions } from './options.ts'

/**
 * Signs this installation out: the server voids its token (XEP-0484 §3.6) and ends its sessions, and the token leaves the
 * store. Nothing is left open. Needs the `tokens` and the `userAgent` that {@link connect} was given.
 *
 * @returns false: there was no token, or the server knew of it no more
 * @throws {ClientError} as {@link connect} does; the token is kept then, and good
 * @example await signOut({ jid: 'juliet@example.org', tokens: device.tokens, userAgent: { id: device.id } })
 */
export async function signOut(
  options: Omit<ConnectOptions, 'password' | 'credentials'> & Required<Pick<ConnectOptions, 'tokens' | 'userAgent'>>,
): Promise<boolean> {
  const jid = (typeof options.jid === 'string' ? parseJid(options.jid) : options.jid).bare
  const { tokens, signal = new AbortController().signal } = options
  const token = await tokens.get(jid)
  if (!token) return false
  if (token.expiry <= Date.now()) return forgotten(tokens.delete(jid))
  try {
    const stream = await streamOpener(jid, options, true)(signal, {})
    await stream.close()
    return true
  } catch (error) {
    const isRefused = error instanceof ClientError && error.code === 'authentication-failed'
    // What the server refuses has left the store.
    if (isRefused && !(await tokens.get(jid))) return false
    throw error
  }
}

async function forgotten(deletion: Promise<void>): Promise<false> {
  await deletion
  return false
}
