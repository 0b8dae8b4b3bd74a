/** No cycle between files, type imports included, nor between packages, development dependencies included. */
import { type Package, type Problem, resolveRelative, type Workspace } from './workspace.ts'

type Graph = ReadonlyMap<string, readonly string[]>

/** One cycle for each back edge of a depth-first walk, as the list of its nodes. */
function cyclesOf(graph: Graph): string[][] {
  const done = new Set<string>()
  const path: string[] = []
  const cycles: string[][] = []
  const visit = (node: string): void => {
    if (done.has(node)) return
    const start = path.indexOf(node)
    if (start >= 0) {
      cycles.push(path.slice(start))
      return
    }
    path.push(node)
    for (const next of graph.get(node) ?? []) visit(next)
    path.pop()
    done.add(node)
  }
  for (const node of graph.keys()) visit(node)
  return cycles
}

function fileGraph(packages: readonly Package[]): Graph {
  const files = packages.flatMap((p) => p.files)
  return new Map(
    files.map((file) => [
      file.path,
      file.imports.filter((i) => i.specifier.startsWith('.')).map((i) => resolveRelative(file.path, i.specifier)),
    ]),
  )
}

function packageGraph(packages: readonly Package[]): Graph {
  return new Map(
    packages.map(({ name, manifest }) => {
      const all = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.peerDependencies }
      return [name, Object.keys(all).filter((d) => packages.some((p) => p.name === d))]
    }),
  )
}

export function checkCycles({ packages }: Workspace): Problem[] {
  const folder = (name: string) => packages.find((p) => p.name === name)?.folder ?? name
  const say = (cycle: string[]) => `imports itself: ${[...cycle, cycle[0]].join(' → ')}`
  return [
    ...cyclesOf(fileGraph(packages)).map((cycle) => ({
      file: cycle[0] ?? '',
      rule: 'import-cycle',
      problem: say(cycle),
      fix: 'move what both need into a file of its own below them',
    })),
    ...cyclesOf(packageGraph(packages)).map((cycle) => ({
      file: `${folder(cycle[0] ?? '')}/package.json`,
      rule: 'package-cycle',
      problem: say(cycle),
      fix: 'drop a dependency (a development dependency counts too: the build runs in this order)',
    })),
  ]
}
