import { readFileSync } from 'node:fs'
import { defineConfig } from 'tsup'

/** The sources that a package's `exports` (condition `@parlour/source`) and `parlour.bins` name. */
function entries(): Record<string, string> {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
  const sources = Object.values<Record<string, string>>(manifest.exports ?? {}).flatMap(
    (e) => e['@parlour/source'] ?? [],
  )
  const all: string[] = [...sources, ...(manifest.parlour?.bins ?? [])]
  return Object.fromEntries(all.map((path) => [path.replace(/^\.\/src\//, '').replace(/\.ts$/, ''), path]))
}

export default defineConfig({
  entry: entries(),
  format: 'esm',
  target: 'es2022',
  dts: false,
  sourcemap: true,
  clean: true,
  splitting: true,
  // `node:sqlite` has no name without its prefix.
  removeNodeProtocol: false,
})
