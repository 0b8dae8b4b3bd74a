import { expect, test } from 'vitest'
import { ARCHITECTURE } from './architecture.ts'
import { type Check, type Manifest, type Tier, workspaceOf } from './workspace.ts'

const README = (name: string) =>
  `# ${name}\n\nnpm install ${name}\n\n\`\`\`ts\nconsole.log(1)\n\`\`\`\n\n## What it is not\n\nRFC 6120, XEP-0199. Stability: 0.x\n`

function pack(name: string, tier: Tier, sources: Record<string, string>, changes: Partial<Manifest> = {}) {
  const dependencies = Object.values(sources).flatMap((text) =>
    [...text.matchAll(/'(@parlour\/[^/']+)/g)].map((m) => m[1]),
  )
  const manifest: Manifest = {
    name: `@parlour/${name}`,
    description: 'A package',
    license: 'MIT',
    type: 'module',
    files: ['dist'],
    parlour: { tier },
    exports: { '.': { '@parlour/source': './src/index.ts', default: './dist/index.js' } },
    publishConfig: { exports: { '.': { default: './dist/index.js' } } },
    dependencies: Object.fromEntries(dependencies.map((d) => [d, 'workspace:^'])),
    ...changes,
  }
  const folder = `packages/${name}`
  const files = {
    'src/index.ts': 'export {}\n',
    'src/index.test.ts': '',
    'README.md': README(manifest.name),
    ...sources,
  }
  return Object.fromEntries([
    [`${folder}/package.json`, JSON.stringify(manifest)],
    ...Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text]),
  ]) as Record<string, string>
}

const base = {
  ...pack('values', 1, {}),
  ...pack('kernel', 4, { 'src/index.ts': `import '@parlour/values'\n` }),
  ...pack('server-core', 4, {}),
  ...pack('client-core', 4, {}),
  ...pack('door', 'port', {}),
  ...pack(
    'socket',
    'adapter',
    { 'src/index.ts': `import 'node:net'\nimport '@parlour/door'\n` },
    { engines: { node: '>=24' } },
  ),
  ...pack('testing', 'testing', {}),
}

async function faults(files: Record<string, string>): Promise<string[]> {
  const workspace = workspaceOf({ ...base, ...files })
  const found = await Promise.all(Object.values(ARCHITECTURE).map((check: Check) => check(workspace)))
  return found.flat().map((p) => `${p.file}${p.line ? `:${p.line}` : ''} ${p.rule}`)
}
const source = (text: string, tier: Tier = 2, path = 'src/index.ts') => faults(pack('x', tier, { [path]: text }))

test('a workspace that keeps every rule has no fault', async () => {
  expect(await faults({})).toEqual([])
})

test.each([
  ['a machine imports a kernel', 2, `\nimport '@parlour/kernel'\n`, 'tier-direction'],
  ['a machine imports a port', 2, `\nimport type { A } from '@parlour/door'\n`, 'tier-direction'],
  ['a kernel imports an adapter', 4, `\nexport * from '@parlour/socket'\n`, 'tier-direction'],
  ['a kernel imports what is for tests', 4, `\nconst t = await import('@parlour/testing')\n`, 'tier-direction'],
  ['an adapter imports a kernel', 'adapter', `\nimport '@parlour/kernel'\n`, 'tier-direction'],
  ['a machine imports node:fs', 2, `\nimport 'node:fs'\n`, 'ambient-io'],
  ['a private module of another package', 2, `\nimport '@parlour/values/src/a.ts'\n`, 'deep-import'],
  ['a relative path into another package', 2, `\nimport '../../values/src/index.ts'\n`, 'deep-import'],
] as const)('tiers and entries: %s', async (_title, tier, text, rule) => {
  const engines = rule === 'ambient-io' ? ['packages/x/package.json package-complete'] : []
  expect(await source(text, tier)).toEqual([`packages/x/src/index.ts:2 ${rule}`, ...engines])
})

test.each(['app', 'adapter'] as const)(
  'an app and an adapter may use node:*, the clock and randomness: %s',
  async (tier) => {
    const text = `import 'node:fs'\nexport const x = [Date.now(), Math.random(), process.env]\n`
    expect(await faults(pack('x', tier, { 'src/index.ts': text }, { engines: { node: '>=24' } }))).toEqual([])
  },
)

test.each([
  ['wire.ts imports a kernel', 'wire.ts', `import '@parlour/server-core'\n`, ['tier-direction', 'extension-rooms']],
  ['wire.ts imports a server half', 'wire.ts', `import './server.ts'\n`, ['extension-rooms']],
  ['server.ts imports the client kernel', 'server.ts', `import '@parlour/client-core'\n`, ['extension-rooms']],
  ['client.ts imports the server kernel', 'client.ts', `import '@parlour/server-core'\n`, ['extension-rooms']],
  ['server.ts imports the server half of another', 'server.ts', `import '../disco/server.ts'\n`, ['extension-rooms']],
  ['server.ts imports the wire format of another', 'server.ts', `import '../disco/wire.ts'\n`, []],
  ['server.ts imports its kernel', 'server.ts', `import '@parlour/server-core'\n`, []],
] as const)('extensions: %s', async (_title, file, text, rules) => {
  const found = await source(text, 5, `src/ping/${file}`)
  expect(found).toEqual(rules.map((rule) => `packages/x/src/ping/${file}:1 ${rule}`))
})

test.each([
  ['server/a.ts', `import '../client/b.ts'\n`, ['extension-rooms']],
  ['client/a.ts', `import '../server.ts'\n`, ['extension-rooms']],
  ['client.ts', `import '@parlour/server-core'\n`, ['extension-rooms']],
  ['server/server.ts', `import './a.ts'\n`, []],
  ['server/a.ts', `import './b.ts'\nimport '../protocol/b.ts'\nimport '@parlour/server-core'\n`, []],
] as const)('a package that is one extension: %s with %j', async (file, text, rules) => {
  expect(await source(text, 5, `src/${file}`)).toEqual(rules.map((rule) => `packages/x/src/${file}:1 ${rule}`))
})

test.each([
  'Date.now()',
  'new Date()',
  'new globalThis.Date()',
  'Date()',
  'performance.now()',
  'setTimeout(() => {}, 1)',
  'globalThis.setInterval(() => {}, 1)',
  'Math.random()',
  'crypto.getRandomValues(new Uint8Array(1))',
  "globalThis.crypto['randomUUID']()",
  'process.env.HOME',
  'globalThis.process',
  'console.log(1)',
  'Buffer.from([])',
])('ambient: %s', async (use) => {
  expect(await source(`export const f = (a: number) => {\n  return [a, ${use}]\n}\n`)).toEqual([
    'packages/x/src/index.ts:2 ambient-io',
  ])
  expect(await source(`declare const process: object, console: object\nexport const f = () => [${use}]\n`)).toEqual([
    'packages/x/src/index.ts:2 ambient-io',
  ])
})

test.each([
  'new Date(0)',
  'Date.parse("2026-01-01")',
  'crypto.subtle',
  'env.setTimeout(1)',
  '{ process: 1, console() {} }',
  '((process: () => 1) => process())',
  'Math.floor(1.5)',
])('not ambient: %s', async (use) => {
  expect(await source(`export const f = (env: { setTimeout(n: number): void }) => [env, ${use}]\n`)).toEqual([])
})

test('a cycle of files, type imports included', async () => {
  const files = { 'src/a.ts': `import type { B } from './b.ts'\n`, 'src/b.ts': `export * from './a.ts'\n` }
  expect(await faults(pack('x', 2, files))).toEqual(['packages/x/src/a.ts import-cycle'])
})

test('a cycle of packages, development dependencies included', async () => {
  const x = pack('x', 2, { 'src/index.ts': `import '@parlour/y'\n` })
  const y = pack('y', 2, {}, { devDependencies: { '@parlour/x': 'workspace:^' } })
  expect(await faults({ ...x, ...y })).toEqual(['packages/x/package.json package-cycle'])
})

test('an import that package.json does not declare, and a dependency nobody imports', async () => {
  expect(await faults(pack('x', 2, { 'src/index.ts': `import 'saxes'\n` }))).toEqual([
    'packages/x/src/index.ts:1 undeclared-dependency',
  ])
  expect(await faults(pack('x', 2, {}, { dependencies: { saxes: '^6' } }))).toEqual([
    'packages/x/package.json unused-dependency',
  ])
  const development = { devDependencies: { saxes: '^6' } }
  expect(await faults(pack('x', 2, { 'src/index.ts': `import 'saxes'\n` }, development))).toHaveLength(1)
  expect(await faults(pack('x', 2, { 'src/x.test.ts': `import 'saxes'\n` }, development))).toEqual([])
})

test('files of more than 300 lines and functions of more than 40, but for tests and generated tables', async () => {
  const long = '// line\n'.repeat(301)
  const body = (lines: number) => `\nexport function f() {\n${'  f()\n'.repeat(lines - 2)}}\n`
  expect(await source(long)).toEqual(['packages/x/src/index.ts file-length'])
  expect(await source(body(41))).toEqual(['packages/x/src/index.ts:2 function-length'])
  expect(await source(body(40))).toEqual([])
  expect(await source(long + body(41), 2, 'src/y.test.ts')).toEqual([])
  expect(await source(long, 2, 'src/tables.generated.ts')).toEqual([])
})

test.each([
  ['description', ''],
  ['license', 'GPL-3.0'],
  ['type', 'commonjs'],
  ['files', ['src']],
  ['exports', { './*': { default: './dist/*.js' } }],
  ['publishConfig', { exports: { '.': { default: './src/index.ts' } } }],
  ['engines', { node: '>=24' }],
])('an incomplete package.json: %s', async (key, value) => {
  const found = await faults(pack('x', 2, {}, { [key]: value }))
  expect(new Set(found)).toEqual(new Set(['packages/x/package.json package-complete']))
})

test('no test, no README, an incomplete README', async () => {
  const { 'packages/x/src/index.test.ts': _test, ...untested } = pack('x', 2, {})
  expect(await faults(untested)).toEqual(['packages/x/package.json package-complete'])
  for (const readme of [
    '',
    README('other'),
    README('@parlour/x').replace('RFC 6120, XEP-0199', ''),
    README('@parlour/x') + '\n\na'.repeat(50),
  ])
    expect(await faults(pack('x', 2, { 'README.md': readme }))).toEqual(['packages/x/README.md package-complete'])
})
