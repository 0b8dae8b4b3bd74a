import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { examplesOf } from '../readme-examples.ts'
import { checkBrowserSize } from './browser-size.ts'
import { changesetProblems, namedIn, nameProblems } from './changesets.ts'
import { checkDocuments } from './documents.ts'
import { checkExamples } from './examples.ts'
import { lockfileProblems } from './lockfile.ts'
import { pinnedNodeProblems } from './pinned-node.ts'
import { runProgram } from './run-program.ts'
import { type Workspace, workspaceOf } from './workspace.ts'

const root = resolve(import.meta.dirname, '../..')

function workspace(source: string, readme = '', dependencies = {}): Workspace {
  const exports = { '.': { '@parlour/source': './src/index.ts' } }
  return workspaceOf({
    'package.json': JSON.stringify({ name: 'root', devDependencies: { vitest: '^5.0.0' } }),
    'packages/x/package.json': JSON.stringify({ name: '@parlour/x', parlour: { tier: 2 }, exports, dependencies }),
    'packages/x/src/index.ts': source,
    'packages/x/README.md': readme,
  })
}

const LOCKFILE = (specifier: string) => `lockfileVersion: '9.0'

importers:

  .:
    devDependencies:
      vitest:
        specifier: ^5.0.0
        version: 5.1.1

  packages/x:
    dependencies:
      '@scope/a':
        specifier: ${specifier}
        version: 6.0.0

packages:
`

test('lockfile: a specifier that differs, is missing, or is left over', () => {
  const declares = (dependencies: object) => workspace('', '', dependencies)
  expect(lockfileProblems(LOCKFILE('^6.0.0'), declares({ '@scope/a': '^6.0.0' }))).toEqual([])
  expect(lockfileProblems(LOCKFILE("'>=6'"), declares({ '@scope/a': '>=6' }))).toEqual([])
  expect(lockfileProblems(LOCKFILE('^6.0.0'), declares({ '@scope/a': '^7.0.0' }))).toHaveLength(1)
  expect(lockfileProblems(LOCKFILE('^6.0.0'), declares({}))).toHaveLength(1)
  expect(lockfileProblems(LOCKFILE('^6.0.0'), declares({ '@scope/a': '^6.0.0', b: '^1.0.0' }))).toHaveLength(1)
})

test('lockfile: the address of a registry', () => {
  const lockfile = `${LOCKFILE('^6.0.0')}\n  resolution: {tarball: https://registry.example/a.tgz}\n`
  expect(lockfileProblems(lockfile, workspace('', '', { '@scope/a': '^6.0.0' })).map((p) => p.problem)).toEqual([
    'names a host: resolution: {tarball: https://registry.example/a.tgz}',
  ])
})

test('changesets: a changed package that none names', () => {
  const { packages } = workspace('')
  expect(namedIn('---\n"@parlour/x": minor\n\'@parlour/y\': patch\n---\n\n"@parlour/z": minor\n')).toEqual([
    '@parlour/x',
    '@parlour/y',
  ])
  expect(changesetProblems(packages, ['---\n"@parlour/x": minor\n---\n\nText\n'])).toEqual([])
  expect(changesetProblems(packages, ['---\n---\n\n"@parlour/x": minor\n'])).toHaveLength(1)
})

test('changesets: a name that is no package, and a line that is none', () => {
  const texts = new Map([
    ['good.md', '---\n"@parlour/xml": patch\n---\n\ntext'],
    ['typo.md', '---\n"@parlour/xml": patch\n"@parlour/xmll": minor\n---\n\ntext'],
    ['line.md', '---\n"@parlour/xml": tiny\n---\n\ntext'],
    ['none.md', '---\n---\n\nno release'],
  ])
  expect(nameProblems(texts, new Set(['@parlour/xml'])).map(({ file, problem }) => `${file}: ${problem}`)).toEqual([
    'typo.md: `"@parlour/xmll": minor` names no package',
    'line.md: `"@parlour/xml": tiny` names no package',
  ])
})

test('generated documents: stale, missing, without a place, current', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'parlour-docs-'))
  const check = (region?: string) =>
    checkDocuments(folder, workspace(''), [{ path: 'a.md', text: () => 'new', ...(region ? { region } : {}) }])
  try {
    expect(await check()).toHaveLength(1)
    writeFileSync(join(folder, 'a.md'), 'new\n')
    expect(await check()).toEqual([])
    expect(await check('list')).toHaveLength(1)
    writeFileSync(join(folder, 'a.md'), 'a\n<!-- generated: list -->\nold\n<!-- end -->\n')
    expect(await check('list')).toHaveLength(1)
    writeFileSync(join(folder, 'a.md'), 'a\n<!-- generated: list -->\nnew\n<!-- end -->\n')
    expect(await check('list')).toEqual([])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('browser bundles: no budget, over budget, a node: import, within budget', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'parlour-size-'))
  const check = async (source: string, budgets: Record<string, number>) => {
    await runProgram(root, '/bin/mkdir', ['-p', join(folder, 'packages/x/src')])
    writeFileSync(join(folder, 'packages/x/src/index.ts'), source)
    const problems = await checkBrowserSize(folder, workspace(source), { together: 100, ...budgets })
    return problems.map((p) => p.problem)
  }
  try {
    expect(await check('export const a = 1', { x: 200 })).toEqual([])
    expect(await check('export const a = 1', {})).toEqual([expect.stringMatching(/^no budget; it has \d+ bytes$/)])
    expect(await check('export const a = 1', { x: 10 })).toEqual([expect.stringMatching(/^\d+ bytes, budget 10$/)])
    expect(await check(`export * from 'node:fs'`, { x: 200 })).toEqual([expect.stringContaining('node:fs')])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('README examples: found with their line, and compiled', async () => {
  const readme = (code: string) => `# X\n\n\`\`\`ts\n${code}\n\`\`\`\n\n\`\`\`sh\nls\n\`\`\`\n`
  expect(examplesOf(readme('const a = 1'))).toEqual([{ code: 'const a = 1\n', line: 4 }])
  expect(await checkExamples(root, workspace('', readme('const a: number = 1\nconsole.log(a)')))).toEqual([])
  expect(
    await checkExamples(root, workspace('', readme("const a: string = 'a'\nconst b: number = a\nconsole.log(b)"))),
  ).toEqual([
    expect.objectContaining({ file: 'packages/x/README.md', line: 5, problem: expect.stringContaining('TS2322') }),
  ])
})

test('README examples that cannot be compiled at all are a fault', async () => {
  const { packages, ...rest } = workspace('', '# X\n\n```ts\nconsole.log(1)\n```\n')
  // TypeScript takes one * in a path.
  const exports = { './*/*': { '@parlour/source': './src/index.ts' } }
  const broken = { ...rest, packages: packages.map((p) => ({ ...p, manifest: { ...p.manifest, exports } })) }
  expect(await checkExamples(root, broken)).toEqual([
    expect.objectContaining({ rule: 'readme-example', problem: expect.stringContaining('TS5061') }),
  ])
})

test('a program that does not end is killed', async () => {
  const { ok, output } = await runProgram(root, 'node', ['-e', 'setInterval(() => {}, 1000)'], { timeout: 300 })
  expect(ok).toBe(false)
  expect(output).toContain('killed')
})

test('pinned Node.js: another version than the running one, or none', () => {
  expect(pinnedNodeProblems('a: 1\nnodeVersion: 26.1.0\n', '26.1.0')).toEqual([])
  expect(pinnedNodeProblems('nodeVersion: 26.1.0\n', '26.2.0')).toHaveLength(1)
  expect(pinnedNodeProblems('', '26.2.0')).toHaveLength(1)
})
