import { isJid } from '@parlour/jid'
import * as v from 'valibot'

/** A setting, with what it does and a value that works. */
export const setting = <const Schema extends v.GenericSchema>(schema: Schema, does: string, example?: unknown) =>
  v.pipe(schema, v.description(does), v.metadata({ example }))

/** A group of settings; unknown keys are errors. */
export const section = <const Entries extends v.ObjectEntries>(entries: Entries) => v.strictObject(entries)

export const port = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535))
export const count = v.pipe(v.number(), v.integer(), v.minValue(1))
export const filled = v.pipe(v.string(), v.minLength(1))
export const domain = v.pipe(
  v.string(),
  v.check((text) => isJid(text) && !/[@/]/.test(text), 'is no domain name'),
)
/** A port to listen on, or `false` not to listen. */
export const listening = (defaultPort: number) => v.optional(v.union([port, v.literal(false)]), defaultPort)
