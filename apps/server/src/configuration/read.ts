import * as v from 'valibot'
import { type Configuration, ConfigurationSchema } from './schema.ts'

/** What is wrong with a configuration: all of it at once. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
  readonly faults: readonly ConfigurationFault[]

  constructor(faults: readonly ConfigurationFault[]) {
    super(faults.map(({ path, reason }) => `${path || 'configuration'}: ${reason}`).join('\n'))
    this.faults = faults
  }
}

export interface ConfigurationFault {
  /** Such as `listen.starttls`. */
  readonly path: string
  readonly reason: string
}

/** @throws ConfigurationError */
export function readConfiguration(input: unknown): Configuration {
  const result = v.safeParse(ConfigurationSchema, input)
  if (result.success) return result.output
  throw new ConfigurationError(
    result.issues.map((issue) => ({ path: v.getDotPath(issue) ?? '', reason: issue.message })),
  )
}
