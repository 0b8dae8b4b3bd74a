/** What a package imports is what its package.json declares, and it imports only what others export. */
import {
  type Import,
  type Package,
  type Problem,
  packageOf,
  resolveRelative,
  type SourceFile,
  type Workspace,
} from './workspace.ts'

/** What shipped code may import: development dependencies are not installed with the package. */
function declaredFor(file: SourceFile, { manifest }: Package, root: Workspace['root']): Record<string, string> {
  const shipped = { ...manifest.dependencies, ...manifest.peerDependencies }
  const ships = file.kind === 'source' || file.kind === 'generated' || file.kind === 'conformance'
  return ships ? shipped : { ...root.devDependencies, ...manifest.devDependencies, ...shipped }
}

function checkImport(owner: Package, file: SourceFile, i: Import, workspace: Workspace): Problem[] {
  const at = { file: file.path, line: i.line }
  const name = packageOf(i.specifier)
  if (i.specifier.startsWith('.')) {
    return resolveRelative(file.path, i.specifier).startsWith(`${owner.folder}/`) || file.kind !== 'source'
      ? []
      : [
          {
            ...at,
            rule: 'deep-import',
            problem: `leaves its package: ${i.specifier}`,
            fix: 'import the other package by its name',
          },
        ]
  }
  if (!name) return []
  const target = name === owner.name ? owner : workspace.packages.find((p) => p.name === name)
  const entry = i.specifier === name ? '.' : `.${i.specifier.slice(name.length)}`
  if (target && !(entry in (target.manifest.exports ?? {}))) {
    const fix = `${name} exports ${Object.keys(target.manifest.exports ?? {}).join(', ')}: use that, or export the value from its index.ts`
    return [{ ...at, rule: 'deep-import', problem: `imports ${i.specifier}`, fix }]
  }
  if (name === owner.name || name in declaredFor(file, owner, workspace.root)) return []
  const flag = target ? '--workspace ' : ''
  const fix = `cd ${owner.folder} && npx -y pnpm@12 add ${flag}${name} (with -D if only tests need it)`
  return [{ ...at, rule: 'undeclared-dependency', problem: `imports ${name}`, fix }]
}

function unused(owner: Package): Problem[] {
  const imported = new Set(
    owner.files
      .flatMap((f) => (f.kind === 'source' || f.kind === 'generated' || f.kind === 'conformance' ? f.imports : []))
      .map((i) => packageOf(i.specifier)),
  )
  const used = (name: string) => imported.has(name) || imported.has(name.replace(/^@types\//, ''))
  return Object.keys(owner.manifest.dependencies ?? {})
    .filter((name) => !used(name))
    .map((name) => ({
      file: `${owner.folder}/package.json`,
      rule: 'unused-dependency',
      problem: `declares ${name}, which nothing it ships imports`,
      fix: `cd ${owner.folder} && npx -y pnpm@12 remove ${name}`,
    }))
}

export function checkDependencies(workspace: Workspace): Problem[] {
  return workspace.packages.flatMap((owner) => [
    ...owner.files.flatMap((file) => file.imports.flatMap((i) => checkImport(owner, file, i, workspace))),
    ...unused(owner),
  ])
}
