import { hanging } from '../terminal/wrap.ts'
import { type Command, EXIT } from './command.ts'

/** `parlour --help`. */
export function overview(all: readonly Command[]): string[] {
  const width = Math.max(...all.map(({ name, usage }) => `${name} ${usage}`.length)) + 2
  return [
    'parlour: an XMPP server',
    '',
    'Usage: parlour <command> [options]',
    '',
    ...all.flatMap(({ name, usage, summary }) => hanging(`  ${`${name} ${usage}`.padEnd(width)}`, summary)),
    '',
    'parlour <command> --help tells more, with examples.',
    `Exit codes: ${EXIT.ok} done, ${EXIT.failed} failed, ${EXIT.usage} wrong usage, ${EXIT.configuration} faulty configuration.`,
  ]
}

/** `parlour <command> --help`. */
export function helpOf({ name, usage, summary, options, optionHelp, examples }: Command): string[] {
  const names = Object.keys(options).map(
    (option) => `--${option}${options[option]?.type === 'string' ? ` <${option}>` : ''}`,
  )
  const width = Math.max(0, ...names.map((text) => text.length)) + 2
  const rows = Object.keys(options).flatMap((option, at) =>
    hanging(`  ${(names[at] as string).padEnd(width)}`, optionHelp[option] ?? ''),
  )
  return [
    `parlour ${name}: ${summary}`,
    '',
    `Usage: ${`parlour ${name} ${usage}`.trim()}${rows.length > 0 ? ' [options]' : ''}`,
    ...(rows.length > 0 ? ['', ...rows] : []),
    '',
    'Examples:',
    ...examples.map((example) => `  ${example}`),
  ]
}
