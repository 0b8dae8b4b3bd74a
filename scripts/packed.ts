/**
 * The packages as npm will have them: builds and packs all, lints the tarballs, installs them into an empty project,
 * type-checks a strict consumer of every entry, and runs every README's example there. `pnpm test:packed`, `pnpm test:packed jid sasl` for these and
 * what they depend on; `--keep` leaves the project in place.
 */
import { globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Run, type RunOptions, runProgram } from './checks/run-program.ts'
import { type Package, readWorkspace } from './checks/workspace.ts'
import { writeCounts } from './counts.ts'
import { allExamples, writeExamples } from './readme-examples.ts'

const root = resolve(import.meta.dirname, '..')
const { values, positionals } = parseArgs({
  options: { keep: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const workspace = readWorkspace(root)
const published = withDependencies(positionals).filter((p) => !p.manifest.private)
const folder = mkdtempSync(join(tmpdir(), 'parlour-packed-'))
const tarballs = join(folder, 'tarballs')
const consumer = join(folder, 'consumer')
const results: boolean[] = []

/** The packages of the given folder names, or all, with those that they depend on. */
function withDependencies(names: readonly string[]): Package[] {
  if (names.length === 0) return [...workspace.packages]
  const wanted = new Set(names.map((name) => `@parlour/${name}`))
  // A set is walked through what is added on the way, too.
  for (const name of wanted) {
    const found = workspace.packages.find((p) => p.name === name)
    for (const dependency of Object.keys(found?.manifest.dependencies ?? {})) wanted.add(dependency)
  }
  return workspace.packages.filter((p) => wanted.has(p.name))
}

function report(name: string, { ok, output }: Run): boolean {
  results.push(ok)
  console.log(`${ok ? '✓' : '✗'} ${name}`)
  if (!ok)
    console.log(
      output
        .trim()
        .split('\n')
        .slice(-80)
        .map((line) => `    ${line}`)
        .join('\n'),
    )
  return ok
}
async function step(name: string, program: string, args: readonly string[], options?: RunOptions): Promise<boolean> {
  return report(name, await runProgram(root, program, args, options))
}
/** Runs a command found on the PATH. */
const shell = (name: string, line: string, cwd = root) => step(name, '/bin/sh', ['-c', line], { cwd })

async function lintTarballs(): Promise<void> {
  for (const path of globSync('*.tgz', { cwd: tarballs }).sort()) {
    const tarball = join(tarballs, path)
    const scripts = published.find((p) =>
      path.startsWith(`${p.name.replace('@', '').replace('/', '-')}-${p.manifest.version}`),
    )
    await step(`publint ${path}`, 'publint', ['run', tarball, '--strict'])
    if (scripts?.manifest.exports)
      await step(`attw ${path}`, 'attw', [tarball, '--profile', 'esm-only', '--no-definitely-typed', '--no-emoji'])
  }
}

/** The specifiers under which the modules of a package are imported. */
function entriesOf({ name, manifest }: Package): string[] {
  const modules = Object.entries(manifest.exports ?? {}).filter(([, entry]) => entry['@parlour/source'])
  return modules.map(([key]) => `${name}${key.slice(1)}`)
}

/** Strict options, with the declarations of dependencies checked too. */
function consumerConfig(file: string, changes: object): string {
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: false,
    target: 'es2024',
    allowImportingTsExtensions: true,
    ...changes,
  }
  return JSON.stringify({ compilerOptions, files: [file] })
}

async function typeCheck(name: string, packages: readonly Package[], changes: object): Promise<void> {
  const imports = packages.flatMap(entriesOf).map((specifier, i) => `export * as p${i} from '${specifier}'\n`)
  writeFileSync(join(consumer, `${name}.ts`), imports.join(''))
  writeFileSync(join(consumer, `tsconfig.${name}.json`), consumerConfig(`${name}.ts`, changes))
  await step(`types under ${name}: ${packages.length} packages`, 'tsc', ['-p', join(consumer, `tsconfig.${name}.json`)])
}

async function runExamples(): Promise<void> {
  const examples = allExamples(workspace).filter((e) => published.includes(e.package))
  writeExamples(consumer, examples)
  for (const { file, package: owner } of examples)
    await step(`README example ${owner.name} (${file})`, 'node', [file], { cwd: consumer, timeout: 60_000 })
}

async function install(): Promise<boolean> {
  mkdirSync(consumer)
  const manifest = { name: 'consumer', private: true, type: 'module', devDependencies: { '@types/node': '^26.6.6' } }
  writeFileSync(join(consumer, 'package.json'), JSON.stringify(manifest))
  return shell(
    'npm install of all tarballs',
    `npm install --no-audit --no-fund --loglevel=error ${tarballs}/*.tgz`,
    consumer,
  )
}

async function main(): Promise<void> {
  const filters = published.map((p) => `--filter ${p.name}`).join(' ')
  const turbo = 'TURBO_TELEMETRY_DISABLED=1 node_modules/.bin/turbo run build --output-logs=errors-only --continue'
  if (!(await shell('build', `${turbo} ${filters}`))) return
  const pnpm = process.env.npm_execpath?.includes('pnpm') ? process.env.npm_execpath : 'npx -y pnpm@12'
  if (!(await shell('pack', `${pnpm} -r ${filters} pack --pack-destination ${tarballs}`))) return
  await lintTarballs()
  if (!(await install())) return
  const nodenext = { module: 'nodenext', types: ['node'], lib: ['es2024', 'esnext.disposable'] }
  const browser = {
    module: 'esnext',
    moduleResolution: 'bundler',
    types: [],
    lib: ['es2024', 'esnext.disposable', 'dom'],
  }
  await typeCheck('nodenext', published, nodenext)
  await typeCheck(
    'bundler',
    published.filter((p) => !p.manifest.engines?.node),
    browser,
  )
  await runExamples()
}

await main()
if (values.keep) console.log(`kept: ${folder}`)
else rmSync(folder, { recursive: true })
const failed = results.filter((ok) => !ok).length
writeCounts(results.length - failed, failed)
console.log(`${results.length - failed} checks of the packed packages passed, ${failed} failed`)
process.exitCode = failed ? 1 : 0
