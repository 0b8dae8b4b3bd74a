import { readFileSync, statSync } from 'node:fs'
import type { ReadStream } from 'node:tty'
import type { Jid } from '@parlour/jid'
import { KeyReader } from '../terminal/keys.ts'
import { type CommandContext, UsageError } from './command.ts'

/**
 * The password: of `--password-file`, of `PARLOUR_PASSWORD`, or asked for on the terminal. Never from the arguments,
 * which every user of the machine can read.
 *
 * @throws {UsageError} when there is none and no terminal to ask on
 */
export async function readPassword(context: CommandContext, prompt: string): Promise<string> {
  const { values, environment, complain } = context
  if (typeof values['password-file'] === 'string') return fromFile(values['password-file'], complain)
  if (environment.PARLOUR_PASSWORD !== undefined) return environment.PARLOUR_PASSWORD
  if (!process.stdin.isTTY)
    throw new UsageError('No password: give --password-file or PARLOUR_PASSWORD, or call from a terminal.')
  return askHidden(prompt, process.stdin, process.stderr)
}

/** Whether the password is at hand without asking anybody. */
export function hasPassword({ values, environment }: CommandContext): boolean {
  return typeof values['password-file'] === 'string' || environment.PARLOUR_PASSWORD !== undefined
}

/** Where a new password may come from besides the keyboard. */
export interface PasswordSources {
  /** Name of the option with a file. */
  readonly file: string
  readonly variable: string
}

/** A new password, asked for twice when it is typed. @throws {UsageError} */
export async function readNewPassword(context: CommandContext, jid: Jid, sources: PasswordSources): Promise<string> {
  const { values, environment, complain } = context
  const file = values[sources.file]
  const known = typeof file === 'string' ? fromFile(file, complain) : environment[sources.variable]
  if (known !== undefined) return known
  if (!process.stdin.isTTY)
    throw new UsageError(`No new password: give --${sources.file} or ${sources.variable}, or call from a terminal.`)
  const typed = await askHidden(`New password of ${jid.bare}: `, process.stdin, process.stderr)
  const again = await askHidden('Once more: ', process.stdin, process.stderr)
  if (typed !== again) throw new UsageError('The two are not the same.')
  return typed
}

function fromFile(path: string, complain: (line: string) => void): string {
  try {
    const text = readFileSync(path, 'utf8')
    if (statSync(path).mode & 0o077) complain(`note: others can read ${path}; chmod 600 keeps it to yourself`)
    return text.replace(/\r?\n$/, '')
  } catch (cause) {
    throw new UsageError(`The password file cannot be read: ${(cause as Error).message}`, { cause })
  }
}

/** Reads a line without showing it. Ctrl-C and Ctrl-D give up. */
export function askHidden(
  prompt: string,
  input: ReadStream,
  output: { write(text: string): unknown },
): Promise<string> {
  output.write(prompt)
  input.setRawMode(true)
  input.setEncoding('utf8')
  return new Promise((resolve, reject) => {
    const keys = new KeyReader()
    let typed = ''
    const finish = (settle: () => void) => {
      input.off('data', onData)
      input.setRawMode(false)
      input.pause()
      output.write('\n')
      settle()
    }
    const onData = (text: string) => {
      for (const key of keys.read(text)) {
        if (key.type !== 'key') typed += key.text
        else if (key.name === 'enter') return finish(() => resolve(typed))
        else if (key.name === 'ctrl-c' || key.name === 'ctrl-d')
          return finish(() => reject(new UsageError('No password given.')))
        else if (key.name === 'ctrl-u') typed = ''
        else if (key.name === 'backspace') typed = Array.from(typed).slice(0, -1).join('')
      }
      keys.flush() // what comes next is no more of a key that sends several characters
    }
    input.on('data', onData)
    input.resume()
  })
}
