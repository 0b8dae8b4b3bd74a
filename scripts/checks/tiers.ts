/** Arrows point to a lower tier, or stay in their own without a cycle. ARCHITECTURE.md has the picture. */
import {
  type Import,
  type Package,
  type Problem,
  packageOf,
  resolveRelative,
  type SourceFile,
  type Tier,
  type Workspace,
} from './workspace.ts'

/** Which tiers the row may import. */
const MAY_IMPORT: Readonly<Record<Tier, readonly Tier[]>> = {
  1: [1],
  2: [1, 2],
  3: [1, 2, 3],
  4: [1, 2, 3, 4, 'port'],
  5: [1, 2, 3, 4, 5, 'port'],
  port: [1, 2, 'port'],
  adapter: [1, 2, 3, 'port'],
  testing: [1, 2, 3, 4, 5, 'port'],
  plugin: [1, 2, 3, 4, 5],
  app: [1, 2, 3, 4, 5, 'port', 'adapter', 'app'],
}
const isTest = (file: SourceFile) => file.kind !== 'source' && file.kind !== 'generated'

/** A tier-5 package has files of three tiers; everywhere else the file has the tier of its package. */
function tierOf(owner: Package, file: SourceFile): Tier {
  return owner.tier === 5 && /\/(wire\.ts|wire\/|wire-[^/]*\.ts)/.test(file.path) ? 3 : owner.tier
}

function checkImport(
  owner: Package,
  file: SourceFile,
  imported: Import,
  byName: ReadonlyMap<string, Package>,
): Problem[] {
  const target = byName.get(packageOf(imported.specifier) ?? '')
  if (!target || target === owner) return []
  const tier = tierOf(owner, file)
  const at = { file: file.path, line: imported.line, rule: 'tier-direction' }
  if (isTest(file)) {
    // A plug-in is tested as whoever writes one can: in a whole server.
    return target.tier !== 'app' || owner.tier === 'app' || owner.tier === 'plugin'
      ? []
      : [{ ...at, problem: `a test of a package imports the app ${target.name}`, fix: 'move the test to the app' }]
  }
  if (target.tier === 'testing' || /\/conformance$/.test(imported.specifier)) {
    return [
      {
        ...at,
        problem: `imports ${imported.specifier}`,
        fix: 'only tests import this; move what is needed into a package of a tier',
      },
    ]
  }
  if (MAY_IMPORT[tier].includes(target.tier)) return []
  return [
    {
      ...at,
      problem: `is tier ${tier} and imports ${target.name}, tier ${target.tier}`,
      fix: `tier ${tier} imports ${MAY_IMPORT[tier].join(', ')}: take the value as an argument, or move the code up`,
    },
  ]
}

/** Right in `src` where the package is one extension, else in the extension's folder. */
const ROOM =
  /^(.*\/src(?=\/(?:wire|server|client)(?:\/|\.ts$))|.*\/src\/[^/]+(?=\/(?:wire|server|client)[./-]))\/(wire|server|client)/
const FORBIDDEN_ROOMS: Readonly<Record<string, readonly string[]>> = {
  wire: ['server', 'client'],
  server: ['client'],
  client: ['server'],
}

/** Inside a tier-5 package: the halves do not see each other, and another folder shows only its `wire`. */
function checkRooms(owner: Package, file: SourceFile, imported: Import): Problem[] {
  const here = file.path.match(ROOM)
  if (owner.tier !== 5 || isTest(file) || !here) return []
  const path = imported.specifier.startsWith('.') ? resolveRelative(file.path, imported.specifier) : ''
  const there = path.match(ROOM)
  const kernel = imported.specifier.match(/^@parlour\/(server|client)-core$/)?.[1]
  const room = there?.[2] ?? kernel ?? ''
  const at = { file: file.path, line: imported.line, rule: 'extension-rooms' }
  if (FORBIDDEN_ROOMS[here[2] ?? '']?.includes(room)) {
    return [
      { ...at, problem: `${here[2]} imports ${imported.specifier}`, fix: `put what both halves need into wire.ts` },
    ]
  }
  if (there && there[1] !== here[1] && room !== 'wire') {
    const fix = 'declare `requires` and go through the host, or move the shared part into its wire.ts'
    return [{ ...at, problem: `imports the ${room} half of another extension (${path})`, fix }]
  }
  return []
}

function missingTier({ manifest, folder }: Package): Problem[] {
  const tier = manifest.parlour?.tier
  if (tier !== undefined && tier in MAY_IMPORT) return []
  const fix = `set one of ${Object.keys(MAY_IMPORT).join(', ')}`
  return [{ file: `${folder}/package.json`, rule: 'tier-direction', problem: 'has no valid parlour.tier', fix }]
}

export function checkTiers({ packages }: Workspace): Problem[] {
  const byName = new Map(packages.map((p) => [p.name, p]))
  return packages.flatMap((owner) => [
    ...missingTier(owner),
    ...owner.files.flatMap((file) =>
      file.imports.flatMap((i) => [...checkImport(owner, file, i, byName), ...checkRooms(owner, file, i)]),
    ),
  ])
}
