/** Every package is complete for somebody who finds it on npm. */
import type { Package, Problem, Workspace } from './workspace.ts'

type Rule = (p: Package, workspace: Workspace) => string | undefined
const README_LINES = 80
const SECTIONS: readonly (readonly [RegExp, string])[] = [
  [/npm install /, 'a line `npm install …`'],
  [/^## .*not\b/im, 'a section saying what it is not'],
  [/(RFC|XEP)[ -]\d+/, 'the specifications it follows'],
  [/stability|0\.x/i, 'its stability'],
]
const text = ({ folder }: Package, { read }: Workspace) => read(`${folder}/README.md`)

/** What a package must have: the fault, or undefined. */
const RULES: Readonly<Record<string, Rule>> = {
  'package.json: fill in `description`': ({ manifest }) => (manifest.description ? undefined : 'no description'),
  'package.json: "license": "MIT"': ({ manifest }) => (manifest.license === 'MIT' ? undefined : 'no MIT licence'),
  'package.json: "type": "module"': ({ manifest }) => (manifest.type === 'module' ? undefined : 'not ESM'),
  'package.json: list what is published': ({ manifest }) =>
    manifest.files?.includes('dist') ? undefined : '`files` does not name dist',
  'package.json: name each entry in `exports`, with no pattern': ({ manifest }) =>
    manifest.exports && !Object.keys(manifest.exports).some((key) => key.includes('*'))
      ? undefined
      : 'its `exports` are not closed',
  'package.json: publishConfig.exports is `exports` without the source condition': ({ manifest }) =>
    sameEntries(manifest.exports, manifest.publishConfig?.exports) ? undefined : 'publishes other exports than it has',
  'package.json: "engines": { "node": ">=24" } where sources import node:*, else none': (p) =>
    importsNode(p) === (p.manifest.engines?.node !== undefined) ? undefined : 'wrong `engines`',
  'write a test beside the source': ({ files }) => (files.some((f) => f.kind === 'test') ? undefined : 'no test'),
  'ARCHITECTURE.md has the template': (p, workspace) => readmeFault(text(p, workspace), p),
}

function importsNode({ files }: Package): boolean {
  return files.some((f) => f.kind === 'source' && f.imports.some((i) => i.specifier.startsWith('node:')))
}

function sameEntries(source: Package['manifest']['exports'], published: Package['manifest']['exports']): boolean {
  const stripped = Object.entries(source ?? {}).map(([key, entry]) => {
    if (typeof entry === 'string') return [key, entry]
    const { '@parlour/source': _, ...rest } = entry
    return [key, rest]
  })
  return JSON.stringify(Object.fromEntries(stripped)) === JSON.stringify(published ?? {})
}

function readmeFault(readme: string, { name, manifest }: Package): string | undefined {
  if (!readme) return 'no README.md'
  const lines = readme.trimEnd().split('\n').length
  if (lines > README_LINES) return `README.md has ${lines} lines, ${README_LINES} at most`
  if (!readme.startsWith(`# ${name}`)) return `README.md does not begin with "# ${name}"`
  if (!/^```ts\n/m.test(readme) && !manifest.bin) return 'README.md has no ```ts example'
  const missing = SECTIONS.filter(([pattern]) => !pattern.test(readme)).map(([, what]) => what)
  return missing.length ? `README.md lacks ${missing.join(', ')}` : undefined
}

export function checkManifests(workspace: Workspace): Problem[] {
  return workspace.packages.flatMap((p) =>
    Object.entries(RULES).flatMap(([fix, rule]) => {
      const problem = rule(p, workspace)
      const file = problem?.includes('README') ? 'README.md' : 'package.json'
      return problem ? [{ file: `${p.folder}/${file}`, rule: 'package-complete', problem, fix }] : []
    }),
  )
}
