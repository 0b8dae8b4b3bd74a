import type { ParseArgsOptionsConfig } from 'node:util'

/** Standard input, as far as commands use it. */
export type Input = NodeJS.ReadableStream & Pick<Partial<NodeJS.ReadStream>, 'isTTY' | 'setRawMode'>
export type Output = NodeJS.WritableStream & Pick<Partial<NodeJS.WriteStream>, 'isTTY'>

/** The world of a command: the process's own, or a test's. */
export interface Terminal {
  readonly input: Input
  readonly output: Output
  readonly errorOutput: Output
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The current folder. */
  readonly folder: string
}

/** What a command is given. */
export interface CommandContext extends Terminal {
  readonly values: Readonly<Record<string, unknown>>
  readonly positionals: readonly string[]
  /** Standard output, a line at a time. */
  print(line: string): void
  /** Standard error, a line at a time. */
  printError(line: string): void
}

/** One command of `parlour`; `name` may be two words. */
export interface Command {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  /** What stands behind the name, such as `<address>`; `[domain ...]`: any number. More is refused. */
  readonly usage: string
  /** What is said of more than `usage` has, where there is something better to say than that. */
  readonly tooMuch?: string
  /** What each option does, by its name. */
  readonly optionHelp: Readonly<Record<string, string>>
  readonly options: ParseArgsOptionsConfig
  readonly examples: readonly string[]
  /** Returns the exit code. */
  run(context: CommandContext): Promise<number>
}

/** A mistake of the person at the keyboard: shown as it is, without a stack; exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Exit codes, also shown by `parlour --help`. */
export const EXIT = { ok: 0, failed: 1, usage: 2, configuration: 3 } as const
