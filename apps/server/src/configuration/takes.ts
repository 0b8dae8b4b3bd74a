import type * as v from 'valibot'

interface Described {
  readonly type: string
  readonly kind: string
  readonly requirement?: unknown
  readonly pipe?: readonly Described[]
  readonly wrapped?: Described
  readonly item?: Described
  readonly options?: readonly unknown[]
  readonly literal?: unknown
  readonly entries?: Readonly<Record<string, Described>>
}

/** What a schema takes, in words: `a whole number from 0 to 65535, or false`. */
export const takesOf = (schema: v.GenericSchema): string => words(schema as unknown as Described)

function words(schema: Described): string {
  const steps = stepsOf(schema)
  const core = steps[0] as Described
  const describe = WORDS[core.type]
  return describe ? describe(core, (type) => steps.findLast((step) => step.type === type)?.requirement) : core.type
}

type Requirement = (type: string) => unknown

const WORDS: Readonly<Record<string, (core: Described, requirement: Requirement) => string>> = {
  string: (_, requirement) => (requirement('min_length') ? 'text that is not empty' : 'text'),
  boolean: () => 'true or false',
  number: (_, requirement) => numberWords(requirement),
  literal: ({ literal }) => JSON.stringify(literal),
  picklist: ({ options = [] }) => `one of ${options.map((option) => JSON.stringify(option)).join(', ')}`,
  union: ({ options = [] }) => options.map((option) => words(option as Described)).join(', or '),
  array: ({ item }) => `a list; each: ${item ? words(item) : 'anything'}`,
  record: () => 'settings by name',
  strict_object: ({ entries = {} }) => `an object with ${Object.keys(entries).join(', ')}`,
  object: ({ entries = {} }) => `an object with ${Object.keys(entries).join(', ')}`,
  unknown: () => 'anything',
}

function numberWords(requirement: Requirement): string {
  const [min, max] = [requirement('min_value'), requirement('max_value')]
  const range = max === undefined ? (min === undefined ? '' : `, at least ${min}`) : ` from ${min ?? 0} to ${max}`
  return `a ${requirement('integer') === undefined ? '' : 'whole '}number${range}`
}

/** The core schema, then every action of the pipes around it. */
function stepsOf(schema: Described): Described[] {
  const { pipe, wrapped } = schema
  if (pipe?.[0] && pipe[0] !== schema) return [...stepsOf(pipe[0]), ...pipe.slice(1)]
  return wrapped ? stepsOf(wrapped) : [schema]
}
