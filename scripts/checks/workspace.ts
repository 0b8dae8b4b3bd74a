/** The repository as the checks see it: packages, their manifests, their source files and what these import. */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { type Program, parseSync } from 'oxc-parser'

export type Tier = 1 | 2 | 3 | 4 | 5 | 'port' | 'adapter' | 'testing' | 'plugin' | 'app'
/** What a file is for; only `source` ships and must obey every rule. */
export type Kind = 'source' | 'test' | 'conformance' | 'bench' | 'fuzz' | 'script' | 'generated'

export interface Manifest {
  name: string
  description?: string
  license?: string
  private?: boolean
  type?: string
  version?: string
  files?: string[]
  bin?: Record<string, string>
  exports?: Record<string, Record<string, string>>
  publishConfig?: { access?: string; exports?: Record<string, Record<string, string>> }
  scripts?: Record<string, string>
  engines?: Record<string, string>
  dependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  devDependencies?: Record<string, string>
  parlour?: { tier: Tier; bins?: string[]; browserBudget?: number }
}
export interface Import {
  readonly specifier: string
  readonly line: number
}
export interface SourceFile {
  /** From the root of the repository, with `/`. */
  readonly path: string
  readonly text: string
  readonly kind: Kind
  readonly imports: readonly Import[]
  readonly program: Program
}
export interface Package {
  readonly name: string
  readonly folder: string
  readonly tier: Tier
  readonly manifest: Manifest
  readonly files: readonly SourceFile[]
}
export interface Workspace {
  readonly root: Manifest
  readonly packages: readonly Package[]
  /** The paths of all files of packages, sources or not. */
  readonly paths: ReadonlySet<string>
  read(path: string): string
}
export interface Problem {
  readonly file: string
  readonly line?: number
  readonly rule: string
  readonly problem: string
  readonly fix: string
}
export type Check = (workspace: Workspace) => Problem[] | Promise<Problem[]>

const KINDS: readonly (readonly [RegExp, Kind])[] = [
  [/\.generated\.ts$/, 'generated'],
  [/\/fuzz\//, 'fuzz'],
  [/(\.bench\.ts$|\/bench\/)/, 'bench'],
  [/(\.test\.ts$|\/test\/|\/testdata\/|\.fixture\.ts$|\/src\/(.*\/)?testing\/)/, 'test'],
  [/\/conformance(\.ts$|\/|-)/, 'conformance'],
  [/^(packages|apps)\/[^/]+\/(scripts|examples)\//, 'script'],
]

const NOT_SOURCES = new Set(['node_modules', 'dist', '.turbo', 'parlour-data'])

function kindOf(path: string): Kind {
  return KINDS.find(([pattern]) => pattern.test(path))?.[1] ?? 'source'
}

/** Line (from 1) of an offset into a text. */
export function lineAt(text: string, offset: number): number {
  let line = 1
  for (let i = text.indexOf('\n'); i >= 0 && i < offset; i = text.indexOf('\n', i + 1)) line++
  return line
}

function sourceFile(path: string, text: string): SourceFile {
  const { program, module } = parseSync(path, text)
  const found: { specifier: string; offset: number }[] = []
  for (const i of module.staticImports) found.push({ specifier: i.moduleRequest.value, offset: i.start })
  for (const statement of module.staticExports) {
    const request = statement.entries.find((entry) => entry.moduleRequest)?.moduleRequest
    if (request) found.push({ specifier: request.value, offset: statement.start })
  }
  for (const i of module.dynamicImports) {
    const specifier = text.slice(i.moduleRequest.start, i.moduleRequest.end).match(/^(['"`])([^$]*)\1$/)?.[2]
    if (specifier) found.push({ specifier, offset: i.start })
  }
  const imports = found.map(({ specifier, offset }) => ({ specifier, line: lineAt(text, offset) }))
  return { path, text, kind: kindOf(path), imports, program }
}

/** A workspace of the given files: path → text. */
export function workspaceOf(files: Readonly<Record<string, string>>): Workspace {
  const paths = Object.keys(files)
  const packages = paths
    .filter((path) => /^(packages|apps)\/[^/]+\/package\.json$/.test(path))
    .map((path): Package => {
      const manifest = JSON.parse(files[path] ?? '') as Manifest
      const folder = dirname(path)
      const sources = paths.filter((p) => p.startsWith(`${folder}/`) && /\.ts$/.test(p) && !/\.d\.ts$/.test(p))
      const tier = manifest.parlour?.tier ?? 'app'
      return { name: manifest.name, folder, tier, manifest, files: sources.map((p) => sourceFile(p, files[p] ?? '')) }
    })
  const root = JSON.parse(files['package.json'] ?? '{"name":"root"}') as Manifest
  return { root, packages, paths: new Set(paths), read: (path) => files[path] ?? '' }
}

/** The workspace in a folder of this machine, as it is now, committed or not. */
export function readWorkspace(root: string): Workspace {
  const paths = globSync('{packages,apps}/*/**', {
    cwd: root,
    exclude: (entry) => NOT_SOURCES.has(entry.name),
    withFileTypes: true,
  })
    .filter((entry) => entry.isFile())
    .map((entry) => posix.relative(root, join(entry.parentPath, entry.name)))
    .sort()
  const wanted = (path: string) => /(\.ts|\/package\.json|\/README\.md)$/.test(path)
  const files = Object.fromEntries(
    ['package.json', ...paths].map((p) => [p, wanted(`/${p}`) ? readFileSync(join(root, p), 'utf8') : '']),
  )
  return workspaceOf(files)
}

/** Resolves a relative import to a path from the root. */
export function resolveRelative(from: string, specifier: string): string {
  return posix.normalize(posix.join(posix.dirname(from), specifier))
}

/** `@scope/name` or `name` of a package import; undefined for relative and `node:` ones. */
export function packageOf(specifier: string): string | undefined {
  if (/^(\.|node:|\/)/.test(specifier)) return undefined
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
