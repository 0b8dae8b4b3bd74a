import * as v from 'valibot'
import { takesOf } from './takes.ts'

/** One setting, as its schema tells it. */
export interface Setting {
  /** Such as `['listen', 'starttls']`. */
  readonly path: readonly string[]
  readonly schema: v.GenericSchema
  readonly description: string
  /** `undefined` where there is none. */
  readonly default: unknown
  /** A value that works; not necessarily the default. */
  readonly example: unknown
  /** What it takes, in words. */
  readonly takes: string
  readonly isRequired: boolean
}

type AnySchema = v.GenericSchema & {
  readonly pipe?: readonly [v.GenericSchema]
  readonly wrapped?: v.GenericSchema
  readonly default?: unknown
  readonly entries?: Readonly<Record<string, v.GenericSchema>>
  readonly item?: v.GenericSchema
  readonly options?: readonly v.GenericSchema[]
}

/** A schema without its pipe and its `optional`. */
export function coreOf(schema: v.GenericSchema): v.GenericSchema {
  const { pipe, wrapped } = schema as AnySchema
  if (pipe) return pipe[0] === schema ? schema : coreOf(pipe[0])
  return wrapped ? coreOf(wrapped) : schema
}

/** The entries of an object's schema; `undefined` for other schemas. */
export const entriesOf = (schema: v.GenericSchema): Readonly<Record<string, v.GenericSchema>> | undefined =>
  (coreOf(schema) as AnySchema).entries

/** All settings of a schema, in its order; sections are gone into. */
export function settingsOf(schema: v.GenericSchema, path: readonly string[] = []): Setting[] {
  const entries = entriesOf(schema)
  if (!entries) return [settingOf(schema, path)]
  return Object.entries(entries).flatMap(([key, entry]) => settingsOf(entry, [...path, key]))
}

function settingOf(schema: v.GenericSchema, path: readonly string[]): Setting {
  const optional = optionalOf(schema)
  const fallback = typeof optional?.default === 'function' ? optional.default() : optional?.default
  const { example } = v.getMetadata(schema) as { example?: unknown }
  return {
    path,
    schema,
    description: v.getDescription(schema) ?? '',
    default: fallback,
    example: example ?? fallback,
    takes: takesOf(schema),
    isRequired: optional === undefined,
  }
}

function optionalOf(schema: v.GenericSchema): { default?: unknown } | undefined {
  const { pipe, wrapped } = schema as AnySchema
  if (wrapped) return schema as AnySchema
  return pipe && pipe[0] !== schema ? optionalOf(pipe[0]) : undefined
}

/** The schema at a path, through sections, lists and unions; `undefined` where the path leads nowhere. */
export function schemaAt(schema: v.GenericSchema, path: readonly string[]): v.GenericSchema | undefined {
  const [key, ...rest] = path
  if (key === undefined) return schema
  const { entries, item, options } = coreOf(schema) as AnySchema
  if (entries) return Object.hasOwn(entries, key) ? schemaAt(entries[key] as v.GenericSchema, rest) : undefined
  if (item) return schemaAt(item, rest)
  const branches = options?.filter((option) => typeof option === 'object') ?? []
  return branches.map((branch) => schemaAt(branch, path)).find((found) => found)
}

/** Every key that no section knows, by its path. Valibot tells only the first one of each section. */
export function unknownKeys(schema: v.GenericSchema, value: unknown, path: readonly string[] = []): string[][] {
  const entries = entriesOf(schema)
  if (!entries || typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    Object.hasOwn(entries, key)
      ? unknownKeys(entries[key] as v.GenericSchema, inner, [...path, key])
      : [[...path, key]],
  )
}
