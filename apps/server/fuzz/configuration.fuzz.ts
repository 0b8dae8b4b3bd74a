/**
 * Feeds the configuration reader with random files and environments: `node --conditions=@parlour/source
 * apps/server/fuzz/configuration.fuzz.ts --seconds 10 [--seed N]`. Exits 1 with the input when anything but a
 * ConfigurationError is raised, an accepted configuration is not stable, one input takes too long, or memory grows.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fuzzing } from '@parlour/testing'
import { variableOf } from '../src/configuration/environment.ts'
import { ConfigurationError } from '../src/configuration/fault.ts'
import { loadConfiguration } from '../src/configuration/load.ts'
import { readConfiguration } from '../src/configuration/read.ts'
import { ConfigurationSchema } from '../src/configuration/schema.ts'
import { settingsOf } from '../src/configuration/settings.ts'

const { pick, random, run } = fuzzing()

const settings = settingsOf(ConfigurationSchema)
const words = [...settings.flatMap(({ path }) => path), 'constructor', '__proto__', 'toString', '0', '', 'a.b']
const leaves = [
  ...settings.flatMap((each) => [each.example, each.default]),
  null,
  -1,
  Infinity,
  '',
  'false',
  '&a',
  '*a',
]

function value(depth: number): unknown {
  if (depth === 0 || random(3) === 0) return pick(leaves)
  const inner = Array.from({ length: random(4) }, () => value(depth - 1))
  return random(3) === 0 ? inner : Object.fromEntries(inner.map((each) => [pick(words), each]))
}

function mangle(text: string): string {
  const characters = [...text]
  for (let edits = random(4); edits > 0; edits--)
    characters.splice(
      random(characters.length + 1),
      random(3),
      pick([...'{}[]:,"\'&*!|>-#%@\n\t \\', 'é', '\u0000', '<<: *a', '&a [*a]']),
    )
  return characters.join('')
}

interface Input {
  readonly file: string
  readonly text: string
  readonly environment: Record<string, string>
}

function makeInput(): Input {
  const text = JSON.stringify(value(5)) ?? ''
  const variables = Array.from({ length: random(4) }, () => {
    const name = random(4) === 0 ? `PARLOUR_${pick(words).toUpperCase()}` : variableOf(pick(settings).path)
    return [name, mangle(JSON.stringify(value(3)) ?? '')]
  })
  return {
    file: pick(['parlour.config.yaml', 'parlour.config.json']),
    text: mangle(text),
    environment: Object.fromEntries(variables),
  }
}

async function check(folder: string, { file, text, environment }: Input): Promise<void> {
  const path = join(folder, file)
  writeFileSync(path, text)
  try {
    const { configuration } = await loadConfiguration({ folder, file: path, environment, options: [] })
    const again = readConfiguration(structuredClone(configuration))
    if (JSON.stringify(again) !== JSON.stringify(configuration)) throw new Error('read again, it is another one')
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    if (error.faults.length === 0) throw new Error('a ConfigurationError without a fault')
  }
}

const folder = mkdtempSync(join(tmpdir(), 'parlour-fuzz-'))
try {
  const count = await run({ make: makeInput, attempt: (input) => check(folder, input), maxMilliseconds: 1000 })
  console.log(`${count} configurations`)
} finally {
  rmSync(folder, { recursive: true })
}
