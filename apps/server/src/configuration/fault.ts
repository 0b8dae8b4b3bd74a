import * as v from 'valibot'
import { entriesOf, schemaAt, unknownKeys } from './settings.ts'
import { shownValue } from './shown.ts'
import { suggest } from './suggest.ts'
import { takesOf } from './takes.ts'

export interface ConfigurationFault {
  /** Such as `listen.starttls`; empty for the whole. */
  readonly path: string
  /** What is wrong, as the end of a sentence that begins with the path. */
  readonly reason: string
  /** A value that would be right. */
  readonly example?: unknown
  /** Where the value comes from, such as a file or an environment variable. */
  readonly source?: string
}

/** What is wrong with a configuration: all of it at once. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
  readonly faults: readonly ConfigurationFault[]

  constructor(faults: readonly ConfigurationFault[], options?: ErrorOptions) {
    super(faults.map(faultLine).join('\n'), options)
    this.faults = faults
  }
}

/** A fault in one line. */
export function faultLine({ path, reason, example, source }: ConfigurationFault): string {
  const from = source === undefined ? '' : ` (${source})`
  return `${path || 'the configuration'}${from} ${reason}${example === undefined ? '' : `; example: ${JSON.stringify(example)}`}`
}

/** What is wrong with a value, in words; none where it fits its schema. */
export function faultsOf(
  schema: v.GenericSchema,
  value: unknown,
  issues: readonly v.BaseIssue<unknown>[],
): ConfigurationFault[] {
  const unknown = unknownKeys(schema, value)
  const told = new Set(unknown.map((keys) => keys.join('.')))
  const others = issues.flatMap((issue) => faultOf(schema, issue)).filter(({ path }) => !told.has(path))
  return [...unknown.map((keys) => unknownKey(schema, keys)), ...others]
}

function faultOf(
  schema: v.GenericSchema,
  issue: v.BaseIssue<unknown>,
  above: readonly string[] = [],
): ConfigurationFault[] {
  const keys = [...above, ...(issue.path ?? []).map(({ key }) => String(key))]
  const deeper = branchOf(issue)
  if (deeper) return deeper.flatMap((inner) => faultOf(schema, inner, keys))
  if (issue.type === 'strict_object' && issue.expected === 'never') return [unknownKey(schema, keys)]
  const path = keys.join('.')
  const example = exampleAt(schema, keys)
  const shown = example === undefined ? {} : { example }
  if (issue.type === 'strict_object' && issue.received === 'undefined')
    return [{ path, reason: 'is missing', ...shown }]
  return [{ path, reason: reasonOf(schema, keys, issue), ...shown }]
}

/** Of a union, the branch that the value is meant for: the one that got inside it. */
function branchOf(issue: v.BaseIssue<unknown>): readonly v.BaseIssue<unknown>[] | undefined {
  if (issue.type !== 'union') return undefined
  return issue.issues?.some(({ path }) => path) ? issue.issues.filter(({ path }) => path) : undefined
}

function unknownKey(schema: v.GenericSchema, keys: readonly string[]): ConfigurationFault {
  const known = Object.keys(entriesOf(schemaAt(schema, keys.slice(0, -1)) ?? schema) ?? {})
  return { path: keys.join('.'), reason: unknownReason(keys.at(-1) ?? '', known) }
}

/** What to say of a name that is none of the known ones. */
export function unknownReason(name: string, known: readonly string[]): string {
  const meant = suggest(name, known)
  return meant
    ? `is not a setting; did you mean "${meant}"?`
    : `is not a setting; there are: ${known.join(', ') || 'none'}`
}

function reasonOf(schema: v.GenericSchema, keys: readonly string[], issue: v.BaseIssue<unknown>): string {
  if (issue.type === 'check') return `${shown(keys, issue.input)} ${issue.message}`
  const found = nearestSchema(schema, keys)
  return found ? `is ${shown(keys, issue.input)}; it takes ${takesOf(found)}` : issue.message
}

function shown(keys: readonly string[], value: unknown): string {
  const text = JSON.stringify(shownValue(keys, value)) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

/** The schema of the setting; of an entry in a list, that of the list. */
function nearestSchema(schema: v.GenericSchema, keys: readonly string[]): v.GenericSchema | undefined {
  for (let length = keys.length; length > 0; length--) {
    const found = schemaAt(schema, keys.slice(0, length))
    if (found) return found
  }
  return schema
}

/** Of the setting; of an entry in a list that has none of its own, that of the list. */
function exampleAt(schema: v.GenericSchema, keys: readonly string[]): unknown {
  for (let length = keys.length; length > 0; length--) {
    const found = schemaAt(schema, keys.slice(0, length))
    const { example } = (found ? v.getMetadata(found) : {}) as { example?: unknown }
    const value = example ?? (found && v.getDefault(found as v.OptionalSchema<v.GenericSchema, unknown>))
    if (value !== undefined) return value
  }
  return undefined
}
