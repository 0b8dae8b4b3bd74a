import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { AccountToken, TokenStore } from '@parlour/client-core'
import { TOKEN_MECHANISM_NAMES } from '@parlour/sasl'

/** An installation as servers know it, and the tokens that it was given (XEP-0388 §2.3, XEP-0484). */
export interface Device {
  readonly id: string
  readonly tokens: TokenStore
}

interface Content {
  readonly id: string
  /** By bare JID. */
  readonly tokens: Readonly<Record<string, AccountToken>>
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/**
 * The device that is kept in a file, which only its owner can read. Tokens are worth as much as passwords. A file that
 * cannot be understood is begun anew: it costs a password at the next sign-in.
 *
 * @throws {Error} of the file system, for a folder that cannot be made or a file that is there and cannot be read
 */
export function openDeviceFile(path: string): Device {
  const write = (content: Content) => {
    // Whole or not at all, also when the machine stops.
    const draft = `${path}.${process.pid}`
    writeFileSync(draft, JSON.stringify(content), { mode: 0o600, flush: true })
    renameSync(draft, path)
  }
  const read = (): Content => {
    const known = readDeviceFile(path)
    if (known) return known
    const fresh = { id: randomUUID(), tokens: {} }
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    write(fresh)
    return fresh
  }
  // Read each time: other processes of the same person use it, too.
  const change = (key: string, token: AccountToken | undefined) => {
    const { id, tokens } = read()
    const { [key]: _former, ...others } = tokens
    write({ id, tokens: token ? { ...others, [key]: token } : others })
  }
  return {
    id: read().id,
    tokens: {
      get: async (account) => read().tokens[account.bare.toString()],
      put: async (account, token) => change(account.bare.toString(), token),
      delete: async (account) => change(account.bare.toString(), undefined),
    },
  }
}

function readDeviceFile(path: string): Content | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const { id, tokens } = parse(text)
  if (typeof id !== 'string' || !UUID.test(id)) return undefined
  const kept = Object.entries(typeof tokens === 'object' && tokens ? tokens : {}).filter(([, token]) => isToken(token))
  return { id, tokens: Object.fromEntries(kept) as Content['tokens'] }
}

function parse(text: string): { id?: unknown; tokens?: unknown } {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

function isToken(value: unknown): value is AccountToken {
  const { token, expiry, mechanism } = (value ?? {}) as Partial<Record<keyof AccountToken, unknown>>
  const isKnown = (TOKEN_MECHANISM_NAMES as readonly unknown[]).includes(mechanism)
  return typeof token === 'string' && typeof expiry === 'number' && isKnown
}
