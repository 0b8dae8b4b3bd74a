import { parseArgs } from 'node:util'
import { JidError } from '@parlour/jid'
import { type Command, EXIT, type Output, UsageError } from './command.ts'
import { explain } from './explain.ts'
import { helpOf, overview } from './help.ts'

/** What a program is called with. */
export interface Invocation {
  readonly arguments: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** Runs the command that the arguments name; an address alone means `chat`. @returns the exit code */
export async function runCommand(
  all: readonly Command[],
  { arguments: words, environment }: Invocation,
  output: Output,
): Promise<number> {
  const [first = '', ...others] = words
  const named = all.find(({ name }) => name === first)
  const command = named ?? (first.includes('@') ? all.find(({ name }) => name === 'chat') : undefined)
  const rest = named ? others : words
  if (!command) return withoutCommand(all, words, output)
  const options = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest
  if (options.includes('--help') || options.includes('-h')) {
    for (const line of helpOf(command)) output.print(line)
    return EXIT.ok
  }
  try {
    return await command.run({ ...parse(command, rest), ...output, environment })
  } catch (error) {
    return failed(error, command, output)
  }
}

function withoutCommand(all: readonly Command[], words: readonly string[], output: Output): number {
  const asksForHelp = words.length === 0 || words[0] === 'help' || words.includes('--help') || words.includes('-h')
  if (!asksForHelp) output.complain(`There is no command "${words[0]}".\n`)
  for (const line of overview(all)) (asksForHelp ? output.print : output.complain)(line)
  return asksForHelp ? EXIT.ok : EXIT.usage
}

function parse({ options }: Command, args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    return { values: values as Record<string, unknown>, positionals }
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

function failed(error: unknown, command: Command, { complain }: Output): number {
  if (error instanceof UsageError || error instanceof JidError) {
    const message = error instanceof JidError ? `This is no address: ${error.message}` : error.message
    complain(`${message}\n\nSee: parlour-client ${command.name} --help`)
    return EXIT.usage
  }
  const explained = explain(error)
  for (const line of explained.lines) complain(line)
  return explained.exitCode
}
