/** The table of packages in ARCHITECTURE.md. */
import type { Package, Tier } from '../checks/workspace.ts'
import { type GeneratedDocument, table } from './document.ts'

const ORDER: readonly Tier[] = [1, 2, 3, 4, 5, 'port', 'adapter', 'plugin', 'app', 'testing']

function row({ name, folder, tier, manifest }: Package): string[] {
  const imports = Object.keys(manifest.dependencies ?? {})
  const ours = imports.filter((d) => d.startsWith('@parlour/')).map((d) => d.replace('@parlour/', ''))
  const others = imports.filter((d) => !d.startsWith('@parlour/'))
  return [
    `[${name}](${folder})`,
    String(tier),
    manifest.description ?? '',
    [...ours, ...others.map((d) => `*${d}*`)].join(' '),
  ]
}

export const packages: GeneratedDocument = {
  path: 'ARCHITECTURE.md',
  region: 'packages',
  text({ packages }) {
    const sorted = [...packages].sort(
      (a, b) => ORDER.indexOf(a.tier) - ORDER.indexOf(b.tier) || (a.name < b.name ? -1 : 1),
    )
    return table(['Package', 'Tier', 'What it is', 'Imports'], sorted.map(row))
  },
}
