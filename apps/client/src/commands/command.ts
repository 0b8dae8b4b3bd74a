import type { ParseArgsOptionsConfig } from 'node:util'

/** How a command talks to the person or program that called it. */
export interface Output {
  /** Standard output, a line at a time. */
  print(line: string): void
  /** Standard error: progress and complaints. */
  complain(line: string): void
}

/** What a command is given. */
export interface CommandContext extends Output {
  readonly values: Readonly<Record<string, unknown>>
  readonly positionals: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** One option, as `node:util` parses it and as `--help` shows it. */
export type OptionsWithHelp = Readonly<
  Record<string, NonNullable<ParseArgsOptionsConfig[string]> & { readonly help: string; readonly value?: string }>
>

/** One command of `parlour-client`. */
export interface Command {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  /** What stands behind the name, such as `<address>`. */
  readonly usage: string
  readonly options: OptionsWithHelp
  /** Further lines of `--help`. */
  readonly notes?: readonly string[]
  readonly examples: readonly string[]
  /** Returns the exit code. */
  run(context: CommandContext): Promise<number>
}

/** A mistake of the person at the keyboard: shown as it is, without a stack; exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Exit codes, with what `--help` says of each. */
export const EXIT = { ok: 0, failed: 1, usage: 2, authentication: 3, connection: 4, timeout: 5 } as const

export const EXIT_HELP: readonly string[] = [
  '0  done',
  '1  failed: the server or the other side refused',
  '2  wrong usage',
  '3  authentication failed',
  '4  no connection: address, network, TLS or certificate',
  '5  no answer in time',
]
