/** Real clients, not ours, against the server: `pnpm test:interop`, or with words of products and cases to run. */
import { CaseRunner } from '../support/cases.ts'
import { startServerProcess } from '../support/server-process.ts'
import { type Case, MESSAGES, REQUESTS, ROSTER, SIGN_IN } from './cases.ts'
import { PRODUCTS, type Product } from './products.ts'
import { Stage, type StageServer } from './stage.ts'

const words = process.argv.slice(2)
const runner = new CaseRunner(60_000)
const wanted = (group: string, name: string) => words.every((word) => `${group}: ${name}`.includes(word))

async function runCases(server: StageServer, product: Product, cases: readonly Case[]) {
  const stage = new Stage(server, product)
  for (const each of cases) {
    if (!wanted(product.name, each.name) || product.cannot[each.name]) continue
    await runner.run(
      product.name,
      each.name,
      () => each.run(stage),
      () => stage.transcript(),
    )
    await stage.clear()
  }
}

await using server = await startServerProcess()
for (const product of PRODUCTS) {
  await runCases({ ...server, domain: 'localhost' }, product, [...SIGN_IN, ...MESSAGES, ...ROSTER, ...REQUESTS])
}
runner.finish()
