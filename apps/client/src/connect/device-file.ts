import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { AccountToken, TokenStore } from '@parlour/client-core'
import { TOKEN_MECHANISM_NAMES } from '@parlour/sasl'
import { underLock } from './file-lock.ts'

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
 * cannot be understood is begun anew: it costs a password at the next sign-in. Other processes may use it at the same time.
 *
 * @throws {Error} of the file system, for a folder that cannot be made or a file that is there and cannot be read
 */
export function openDeviceFile(path: string): Device {
  const { id } = readDeviceFile(path) ?? begin(path)
  /** What this process knows of: what another one has put since is not its to delete. */
  const known = new Map<string, string>()
  const read = (): Content => {
    const content = readDeviceFile(path) ?? { id, tokens: {} }
    return content.id === id ? content : { id: content.id, tokens: {} }
  }
  const change = (key: string, token: AccountToken | undefined) =>
    alone(path, () => {
      const { id: current, tokens } = read()
      // Begun anew by another process: a token is good for the id that it was given to.
      if (current !== id) return
      const { [key]: former, ...others } = tokens
      if (token) write(path, { id, tokens: { ...others, [key]: token } })
      else if (former && former.token === (known.get(key) ?? former.token)) write(path, { id, tokens: others })
    })
  return {
    id,
    tokens: {
      get: async (account) => {
        const key = account.bare.toString()
        const token = read().tokens[key]
        if (token) known.set(key, token.token)
        return token
      },
      put: async (account, token) => {
        const key = account.bare.toString()
        change(key, token)
        known.set(key, token.token)
      },
      delete: async (account) => change(account.bare.toString(), undefined),
    },
  }
}

function begin(path: string): Content {
  return alone(path, () => {
    const former = readDeviceFile(path)
    if (former) return former
    const fresh = { id: randomUUID(), tokens: {} }
    write(path, fresh)
    return fresh
  })
}

function alone<Result>(path: string, act: () => Result): Result {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  return underLock(path, act)
}

/** Whole or not at all, also when the machine stops. */
function write(path: string, content: Content): void {
  const draft = `${path}.${process.pid}`
  try {
    writeFileSync(draft, JSON.stringify(content), { mode: 0o600, flush: true })
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
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
