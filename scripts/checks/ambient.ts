/** Only adapters, apps and what does not ship read a clock, randomness, the environment, or call the operating system. */
import type { Node } from 'oxc-parser'
import { type FreeName, freeNames } from './free-names.ts'
import { lineAt, type Package, type Problem, type SourceFile, type Workspace } from './workspace.ts'

const CLOCK = 'take `now` or a timer as an argument (Environment of @parlour/stream-negotiation)'
const RANDOM = 'take `randomBytes` as an argument (Environment of @parlour/stream-negotiation)'
const SYSTEM = 'move it to an adapter or an app, behind a port'
/** Global name, or `object.member`, to what to do instead. */
const AMBIENT: Readonly<Record<string, string>> = {
  process: SYSTEM,
  Buffer: 'use Uint8Array, TextEncoder and TextDecoder: Buffer exists in Node only',
  require: SYSTEM,
  __dirname: SYSTEM,
  console: 'take a logger as an argument',
  performance: CLOCK,
  setTimeout: CLOCK,
  setInterval: CLOCK,
  setImmediate: CLOCK,
  'Date.now': CLOCK,
  'new Date()': CLOCK,
  'Date()': CLOCK,
  'Math.random': RANDOM,
  'crypto.getRandomValues': RANDOM,
  'crypto.randomUUID': RANDOM,
  fetch: SYSTEM,
  WebSocket: SYSTEM,
  localStorage: SYSTEM,
  navigator: SYSTEM,
}
const ALLOWED = new Set<unknown>(['adapter', 'app', 'testing'])
const GLOBAL_OBJECTS = new Set(['globalThis', 'self', 'window', 'global'])

/** The name under which a use of a global stands in the table: `Date.now`, `new Date()`, `process`. */
function ambientName({ name, parents }: FreeName): string | undefined {
  const throughGlobal = GLOBAL_OBJECTS.has(name) && parents[0]?.type === 'MemberExpression'
  const global = throughGlobal ? memberName(parents[0]) : name
  const parent = parents[throughGlobal ? 1 : 0]
  return [global, `${global}.${memberName(parent)}`, callOf(global, parent)].find((use) => Object.hasOwn(AMBIENT, use))
}

function callOf(name: string, parent: Node | undefined): string {
  if (parent?.type === 'NewExpression' && parent.arguments.length === 0) return `new ${name}()`
  return parent?.type === 'CallExpression' && !parent.arguments.some((a) => a.type === 'Identifier' && a.name === name)
    ? `${name}()`
    : ''
}

function memberName(node: Node | undefined): string {
  if (node?.type !== 'MemberExpression') return ''
  if (node.property.type === 'Identifier' && !node.computed) return node.property.name
  return node.property.type === 'Literal' ? String(node.property.value) : ''
}

function ambientUses(file: SourceFile): Problem[] {
  return freeNames(file.program).flatMap((free) => {
    const use = ambientName(free)
    if (!use) return []
    const line = lineAt(file.text, free.start)
    return [{ file: file.path, line, rule: 'ambient-io', problem: `uses ${use}`, fix: AMBIENT[use] ?? SYSTEM }]
  })
}

function nodeImports(file: SourceFile): Problem[] {
  return file.imports
    .filter((i) => i.specifier.startsWith('node:'))
    .map((i) => ({ file: file.path, line: i.line, rule: 'ambient-io', problem: `imports ${i.specifier}`, fix: SYSTEM }))
}

const isPure = ({ tier }: Package) => !ALLOWED.has(tier)

export function checkAmbient({ packages }: Workspace): Problem[] {
  const files = packages.filter(isPure).flatMap((p) => p.files)
  return files
    .filter((f) => f.kind === 'source' || f.kind === 'generated')
    .flatMap((f) => [...nodeImports(f), ...ambientUses(f)])
}
