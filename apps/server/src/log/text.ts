import type { Output } from '../commands/command.ts'
import { printable } from '../terminal/printable.ts'

const LEVELS: Readonly<Record<number, string>> = { 20: 'debug', 30: 'info ', 40: 'warn ', 50: 'error', 60: 'fatal' }
const COLOURS: Readonly<Record<number, number>> = { 20: 2, 40: 33, 50: 31, 60: 31 }

interface Line {
  readonly level: number
  readonly time: string
  readonly msg?: string
  readonly error?: { readonly message?: string; readonly stack?: string }
  readonly [field: string]: unknown
}

/**
 * Takes pino's lines and writes them for people: time, level, sentence, fields; a stack below. What peers have said is among
 * them: it makes no lines of its own, and a terminal obeys nothing of it.
 */
export function textStream(output: Output): { write(line: string): void } {
  return { write: (line) => void output.write(textOf(JSON.parse(line) as Line, output.isTTY === true)) }
}

function textOf({ level, time, msg, error, ...fields }: Line, colours: boolean): string {
  const at = new Date(time).toTimeString().slice(0, 8)
  const said = Object.entries(fields).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  const head = `${at} ${LEVELS[level] ?? level} ${printable([msg ?? '', ...said, error?.message].filter(Boolean).join('  '))}`
  const stack = level >= 50 && error?.stack ? `\n${stackText(error.stack)}` : ''
  const colour = COLOURS[level]
  return colours && colour ? `\x1b[${colour}m${head}${stack}\x1b[0m\n` : `${head}${stack}\n`
}

/** What begins a line in it may be a part of the message: only the first is not indented. */
function stackText(stack: string): string {
  return stack
    .split('\n')
    .map(printable)
    .join('\n')
    .replace(/\n(?! )/g, '\n    ')
}
