/** What a browser downloads for a package: bundled, minified, gzip -9; a `node:` import cannot be bundled, so its absence is proved. */
import { gzipSync } from 'node:zlib'
import { type BuildFailure, build } from 'esbuild'
import BUDGETS from './browser-budgets.json' with { type: 'json' }
import type { Problem, Workspace } from './workspace.ts'

const BUDGETS_FILE = 'scripts/checks/browser-budgets.json'
/** What a client in a browser is made of, with all that these import. */
const TOGETHER = new Set(['client-core', 'sasl', 'xml-stream', 'stream-negotiation', 'roster'])
const PURE = new Set<unknown>([1, 2, 3, 4, 'port'])

/** Size of a bundle of the given modules, or the bundler's first complaint. */
async function browserSize(root: string, specifiers: readonly string[]): Promise<number | string> {
  try {
    const { outputFiles } = await build({
      stdin: { contents: specifiers.map((s, i) => `export * as p${i} from '${s}'`).join('\n'), resolveDir: root },
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      target: 'es2022',
      platform: 'browser',
      conditions: ['@parlour/source'],
      logLevel: 'silent',
    })
    return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length
  } catch (error) {
    const { errors = [] } = error as BuildFailure
    return errors[0]
      ? `${errors[0].location?.file ?? ''}:${errors[0].location?.line ?? ''} ${errors[0].text}`
      : String(error)
  }
}

function fault(name: string, size: number | string, budget: number | undefined): Problem[] {
  const at = { file: `${BUDGETS_FILE} "${name}"`, rule: 'browser-size' }
  if (typeof size === 'string') return [{ ...at, problem: size, fix: 'a pure package must bundle for a browser' }]
  if (budget === undefined) return [{ ...at, problem: `no budget; it has ${size} bytes`, fix: 'give it one' }]
  if (size <= budget) return []
  return [
    {
      ...at,
      problem: `${size} bytes, budget ${budget}`,
      fix: 'import less, or raise the budget with the reason in the commit',
    },
  ]
}

/** Every pure package has a budget of its own; `together` is what a client in a browser downloads. */
export async function checkBrowserSize(
  root: string,
  { packages }: Workspace,
  budgets: Readonly<Record<string, number>> = BUDGETS,
): Promise<Problem[]> {
  const pure = packages.filter((p) => PURE.has(p.tier))
  const bundles = pure.map((p) => [p.folder.replace(/^.*\//, ''), [`./${p.folder}/src/index.ts`]] as const)
  const client = bundles.filter(([name]) => TOGETHER.has(name)).flatMap(([, sources]) => sources)
  const problems = [...bundles, ['together', client] as const].map(async ([name, sources]) =>
    fault(name, await browserSize(root, sources), budgets[name]),
  )
  return (await Promise.all(problems)).flat()
}
