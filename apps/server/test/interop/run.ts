/** Real clients, not ours, against the server, and our client against real servers: `pnpm test:interop`, or with words of cases. */
import { existsSync } from 'node:fs'
import { CaseRunner } from '../support/cases.ts'
import { startServerProcess } from '../support/server-process.ts'
import { CASES, type Case } from './cases.ts'
import { checkDocument } from './document.ts'
import { startPeer } from './peers/peer.ts'
import type { Product } from './product.ts'
import { PEERS, PRODUCTS } from './products.ts'
import { Stage } from './stage.ts'
import type { StageServer } from './stage-server.ts'

const words = process.argv.slice(2).filter((word) => word !== '--write')
let leftOut = false
const runner = new CaseRunner(60_000)

function wantedOf(group: string, { cannot }: Product): Case[] {
  return CASES.filter(({ name }) => !cannot[name] && words.every((word) => `${group}: ${name}`.includes(word)))
}

function isInstalled(name: string, file: string | undefined): boolean {
  const found = file === undefined || existsSync(file)
  leftOut ||= !found
  if (!found) console.log(`left out ${name}: it is not installed`)
  return found
}

async function runCases(server: StageServer, group: string, product: Product, log = () => '') {
  const stage = new Stage(server, product)
  for (const each of wantedOf(group, product)) {
    await runner.run(
      group,
      each.name,
      () => each.run(stage),
      () => `${stage.transcript()}\n${log()}`,
    )
    await stage.clear()
  }
}

await using server = await startServerProcess()
for (const product of PRODUCTS) {
  if (!isInstalled(product.name, product.needs)) continue
  await runCases({ ...server, domain: 'localhost' }, product.name, product, () => server.child.transcript.join('\n'))
}
for (const { program, product } of PEERS) {
  const group = `${product.name} with ${program.name}`
  if (wantedOf(group, product).length === 0 || !isInstalled(program.name, program.needs)) continue
  await using peer = await startPeer(program)
  await runCases(peer, group, product, peer.log)
}
if (words.length === 0 && !leftOut)
  await runner.run('docs', 'docs/interop.md is current', async () => checkDocument(runner.results))
runner.finish()
