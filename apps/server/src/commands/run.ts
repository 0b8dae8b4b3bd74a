import { parseArgs } from 'node:util'
import { ConfigurationError, faultLine } from '../configuration/fault.ts'
import { faultText } from '../terminal/fault-text.ts'
import { type Command, EXIT, type Terminal, UsageError } from './command.ts'
import { helpOf, overview } from './help.ts'

/** Runs the command that the arguments name. @returns the exit code */
export async function runCommand(
  all: readonly Command[],
  argv: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const print = (line: string) => void terminal.output.write(`${line}\n`)
  const printError = (line: string) => void terminal.errorOutput.write(`${line}\n`)
  const found = findCommand(all, argv)
  if (!found) {
    const asksForHelp = argv.length === 0 || argv[0] === 'help' || argv.includes('--help') || argv.includes('-h')
    if (!asksForHelp) printError(`There is no command "${argv.join(' ')}".\n`)
    for (const line of overview(all)) (asksForHelp ? print : printError)(line)
    return asksForHelp ? EXIT.ok : EXIT.usage
  }
  if (found.rest.includes('--help') || found.rest.includes('-h')) {
    for (const line of helpOf(found.command)) print(line)
    return EXIT.ok
  }
  try {
    const { values, positionals } = parse(found.command, found.rest)
    return await found.command.run({ ...terminal, values, positionals, print, printError })
  } catch (error) {
    return explain(error, found.command, printError)
  }
}

function findCommand(
  all: readonly Command[],
  argv: readonly string[],
): { command: Command; rest: string[] } | undefined {
  for (const words of [2, 1]) {
    const command = all.find(({ name }) => name === argv.slice(0, words).join(' '))
    if (command) return { command, rest: argv.slice(words) }
  }
}

function parse(command: Command, args: string[]) {
  try {
    const parsed = parseArgs({ args, options: command.options, allowPositionals: true })
    refuseMore(command, parsed.positionals.length)
    return parsed
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError((error as Error).message, { cause: error })
  }
}

/** What is given too much may be a password: it is not repeated. */
function refuseMore({ usage, tooMuch }: Command, count: number): void {
  const known = usage.match(/[<[][^>\]]*[>\]]/g) ?? []
  if (count <= known.length || usage.includes('...')) return
  throw new UsageError(
    tooMuch ?? (known.length === 0 ? 'it takes options only' : `one ${usage.slice(1, -1)} is enough`),
  )
}

function explain(error: unknown, command: Command, printError: (line: string) => void): number {
  if (error instanceof UsageError) {
    printError(`${error.message}\n\nSee: parlour ${command.name} --help`)
    return EXIT.usage
  }
  if (error instanceof ConfigurationError) {
    printError(`The configuration has ${error.faults.length === 1 ? 'a fault' : `${error.faults.length} faults`}:`)
    for (const fault of error.faults) printError(`  ${faultLine(fault)}`)
    return EXIT.configuration
  }
  printError(faultText(error))
  return EXIT.failed
}
