/** Writes the declarations of the package in the current folder to its `dist`, with TypeScript itself. */
import { spawnSync } from 'node:child_process'
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const packageFolder = relative(root, process.cwd())
const output = mkdtempSync(join(root, 'node_modules/.declarations-'))
const config = join(output, 'tsconfig.json')
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports?: Record<string, Record<string, string>>
}
const entries = Object.values(manifest.exports ?? {}).flatMap((entry) => entry['@parlour/source'] ?? [])

writeFileSync(
  config,
  JSON.stringify({
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: {
      declaration: true,
      emitDeclarationOnly: true,
      rootDir: root,
      outDir: join(output, 'out'),
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
    },
    files: entries.map((path) => resolve(path)),
  }),
)
/** TypeScript rewrites `./x.ts` to `./x.js` in JavaScript, but leaves it in declarations, where no consumer can resolve it. */
function useJsSpecifiers(path: string): void {
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, text.replace(/((?:from|import)\s*\(?\s*['"]\.[^'"]*)\.ts(['"])/g, '$1.js$2'))
}

try {
  const { status } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', config], { stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
  const declarations = join(output, 'out', packageFolder, 'src')
  for (const file of globSync('**/*.d.ts', { cwd: declarations })) useJsSpecifiers(join(declarations, file))
  cpSync(declarations, 'dist', { recursive: true })
} finally {
  rmSync(output, { recursive: true })
}
