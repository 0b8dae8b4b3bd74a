import type { Logger } from '@parlour/server-core'
import { pino } from 'pino'
import type { Output } from '../commands/command.ts'
import type { Configuration } from '../configuration/schema.ts'
import { textStream } from './text.ts'

/** A logger as configured: JSON lines, or text for people. */
export function createLogger({ level, format }: Configuration['log'], output: Output): Logger {
  const asText = format === 'text' || (format === undefined && output.isTTY === true)
  const destination = asText ? textStream(output) : { write: (line: string) => void output.write(line) }
  return pino(
    { level, base: null, serializers: { error: pino.stdSerializers.err }, timestamp: pino.stdTimeFunctions.isoTime },
    destination,
  )
}
