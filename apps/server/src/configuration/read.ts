import * as v from 'valibot'
import { componentFaults } from './components.ts'
import { domainFaults } from './domains.ts'
import { ConfigurationError, faultsOf } from './fault.ts'
import { portFaults } from './ports.ts'
import { type Configuration, ConfigurationSchema } from './schema.ts'

/** The configuration with its defaults, frozen. @throws ConfigurationError with every fault at once */
export function readConfiguration(input: unknown): Configuration {
  const result = v.safeParse(ConfigurationSchema, input)
  if (result.success) {
    const faults = [domainFaults, portFaults, componentFaults].flatMap((faultsIn) => faultsIn(result.output))
    if (faults.length > 0) throw new ConfigurationError(faults)
    return freeze(result.output)
  }
  throw new ConfigurationError(faultsOf(ConfigurationSchema, input, result.issues))
}

function freeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const inner of Object.values(value)) freeze(inner)
  return Object.freeze(value)
}
