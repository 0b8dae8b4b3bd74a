import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const OCTETS = 32
const FORMAT = /^[0-9a-f]{64}\n?$/

/**
 * What tokens of devices (XEP-0484) that are bound to a channel are derived from: a file of its own, made when there is none, so
 * that who gets hold of the database alone cannot sign in. To be called by who has locked the data folder.
 *
 * @throws Error when the file cannot be read or written, or holds something else
 */
export function readTokenSecret(dataFolder: string): Uint8Array {
  const path = join(dataFolder, 'device-tokens.key')
  const text = read(path)
  if (text === undefined) return make(path)
  if (FORMAT.test(text)) return Buffer.from(text.trim(), 'hex')
  throw new Error(
    `${path} is damaged, it has to be 64 hexadecimal digits: restore it from a backup, or remove it; then devices sign in with their passwords once`,
  )
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Whole or not at all, whenever the process ends. */
function make(path: string): Uint8Array {
  const made = randomBytes(OCTETS)
  const unfinished = `${path}.new`
  const file = openSync(unfinished, 'w', 0o600)
  try {
    writeSync(file, `${made.toString('hex')}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(unfinished, path)
  return made
}
