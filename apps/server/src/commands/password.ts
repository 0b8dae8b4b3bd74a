import { randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { ParseArgsOptionsConfig } from 'node:util'
import { askHidden } from '../terminal/prompt.ts'
import { type CommandContext, type Input, UsageError } from './command.ts'

export const PASSWORD_OPTIONS = {
  'password-file': { type: 'string' },
  generate: { type: 'boolean' },
} as const satisfies ParseArgsOptionsConfig

export const PASSWORD_OPTION_HELP = {
  'password-file': 'a file whose first line is the password',
  generate: 'make a random password and print it',
}

/** No letters or digits that look alike. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'
/** 20 × log2(57) = 116 bits. */
const GENERATED_LENGTH = 20
const MAX_PIPED_LENGTH = 64 * 1024

/** A password, and whether it was made here and must be shown. */
export interface ChosenPassword {
  readonly password: string
  readonly isGenerated: boolean
}

/** The password for an account: made here, from a file, from a terminal with nothing shown, or from standard input. Never from the arguments. */
export async function choosePassword(context: CommandContext, account: string): Promise<ChosenPassword> {
  const { generate, 'password-file': file } = context.values as { generate?: boolean; 'password-file'?: string }
  if (generate && file !== undefined) throw new UsageError('--generate and --password-file exclude each other')
  if (generate) return { password: generatePassword(), isGenerated: true }
  const password = file === undefined ? await askOrRead(context, account) : firstLine(readFileSync(file, 'utf8'))
  if (password === '') throw new UsageError('the password is empty: nothing was changed')
  return { password, isGenerated: false }
}

const generatePassword = (): string =>
  Array.from({ length: GENERATED_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')

async function askOrRead({ input, errorOutput }: CommandContext, account: string): Promise<string> {
  if (!input.isTTY) return firstLine(await readAll(input))
  const password = await askHidden(`Password for ${account}: `, input, errorOutput)
  if (password === '') return ''
  const again = await askHidden('The same again: ', input, errorOutput)
  if (again !== password) throw new UsageError('the two passwords differ: nothing was changed')
  return password
}

async function readAll(input: Input): Promise<string> {
  let text = ''
  input.setEncoding('utf8')
  for await (const chunk of input) {
    text += chunk
    if (text.length > MAX_PIPED_LENGTH || text.includes('\n')) break
  }
  return text
}

/** Without the end of the line, which editors add and nobody means. */
const firstLine = (text: string): string => text.split(/\r?\n/, 1)[0] ?? ''
