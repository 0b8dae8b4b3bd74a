/** Makes the folder of a new package: `node scripts/new-package.ts <name> <tier> [dependency…]`. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

const { positionals } = parseArgs({ allowPositionals: true })
const [name, tier, ...dependencies] = positionals
if (!name || !tier) {
  console.error(
    'usage: node scripts/new-package.ts <name> <tier> [workspace dependency…]\nexample: node scripts/new-package.ts dialback 2 xml jid',
  )
  process.exit(2)
}
const folder = `packages/${name}`
if (existsSync(`${folder}/package.json`)) {
  console.error(`${folder} exists already`)
  process.exit(1)
}

const manifest = {
  name: `@parlour/${name}`,
  version: '0.0.0',
  description: '',
  license: 'MIT',
  type: 'module',
  sideEffects: false,
  parlour: { tier: /^\d+$/.test(tier) ? Number(tier) : tier },
  exports: { '.': { '@parlour/source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' } },
  publishConfig: { access: 'public', exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } } },
  files: ['dist', '!dist/**/*.test.*'],
  scripts: {
    build: 'tsup --config ../../tsup.config.ts && node ../../scripts/declarations.ts',
    test: `vitest run --root ../.. packages/${name}/`,
    bench: `vitest bench --run --root ../.. packages/${name}/`,
  },
  dependencies: Object.fromEntries(dependencies.sort().map((d) => [`@parlour/${d}`, 'workspace:^'])),
}
mkdirSync(`${folder}/src`, { recursive: true })
writeFileSync(`${folder}/package.json`, `${JSON.stringify(manifest, null, 2)}\n`)
writeFileSync(`${folder}/src/index.ts`, `export {}\n`)
