import { type Command, EXIT_HELP, type OptionsWithHelp } from './command.ts'

/** `parlour-client --help`. */
export function overview(all: readonly Command[]): string[] {
  const rows = all.map(({ name, usage, summary }) => [`${name} ${usage}`.trim(), summary] as const)
  return [
    'parlour-client: an XMPP client for the terminal',
    '',
    'Usage: parlour-client <command> [options]',
    '       parlour-client <account>          the same as: parlour-client chat <account>',
    '',
    ...columns(rows),
    '',
    'parlour-client <command> --help tells more, with examples.',
    '',
    'The password is asked for, or taken from --password-file or the variable PARLOUR_PASSWORD; it is never an argument.',
    'A token for the next time is all that is written to disk (device.json, for its owner only); --no-token leaves none.',
    '',
    'Exit codes:',
    ...EXIT_HELP.map((line) => `  ${line}`),
  ]
}

/** `parlour-client <command> --help`. */
export function helpOf({ name, usage, summary, options, notes = [], examples }: Command): string[] {
  return [
    `parlour-client ${name}: ${summary}`,
    '',
    `Usage: parlour-client ${name} ${usage}`.trimEnd(),
    '',
    ...columns(optionRows(options)),
    ...(notes.length > 0 ? ['', ...notes] : []),
    '',
    'Examples:',
    ...examples.map((example) => `  ${example}`),
    '',
    'Exit codes:',
    ...EXIT_HELP.map((line) => `  ${line}`),
  ]
}

function optionRows(options: OptionsWithHelp): (readonly [string, string])[] {
  return Object.entries(options).map(([name, { short, type, value, help }]) => {
    const long = `--${name}${type === 'string' ? ` <${value ?? name}>` : ''}`
    return [`${short ? `-${short}, ` : '    '}${long}`, help] as const
  })
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...rows.map(([left]) => left.length)) + 2
  return rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`)
}
