/** Real clients, not ours, against the server, and our client against real servers: `pnpm test:interop`, or with words of cases. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { CaseRunner } from '../support/cases.ts'
import { CASES, type Case } from './cases/index.ts'
import { COMPONENT_CASES, COMPONENT_PAIRS, type ComponentPair, ComponentStage } from './components.ts'
import { checkDocument } from './document.ts'
import { startParlourProgram } from './parlour-program.ts'
import { startPeer } from './peers/peer.ts'
import type { Product } from './product.ts'
import { PEERS, type Peer, PRODUCTS, SLIXMPP } from './products.ts'
import { Stage } from './stage.ts'
import type { StageServer } from './stage-server.ts'

const words = process.argv.slice(2).filter((word) => word !== '--write')
let leftOut = false
/** Groups under way at a time: clients wait more than they work. */
const LANES = 2
const runner = new CaseRunner(180_000)

function wantedOf(group: string, { cannot }: Product): Case[] {
  return CASES.filter(({ name }) => !cannot[name] && words.every((word) => `${group}: ${name}`.includes(word)))
}

/** True if all of the files are there; says so otherwise. */
function isInstalled(name: string, ...files: (string | undefined)[]): boolean {
  const missing = files.find((file) => file !== undefined && !existsSync(file))
  leftOut ||= missing !== undefined
  if (missing) console.log(`left out ${name}: there is no ${missing}`)
  return missing === undefined
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

async function runPeer({ program, product }: Peer): Promise<void> {
  const group = `${product.name} with ${program.name}`
  if (wantedOf(group, product).length === 0 || !isInstalled(program.name, program.needs, SLIXMPP)) return
  await using peer = await startPeer(program)
  await runCases(peer, group, product, peer.log)
}

/** The cases of components, with a server of their own or with ours. */
async function runComponents(pair: ComponentPair): Promise<void> {
  const { heading, server, cannot } = pair
  const wanted = COMPONENT_CASES.filter(
    ({ name }) => !cannot[name] && words.every((word) => `${heading}: ${name}`.includes(word)),
  )
  if (wanted.length === 0 || !isInstalled(heading, server?.needs, SLIXMPP)) return
  await using peer = server && (await startPeer(server))
  const stage = new ComponentStage(peer ?? parlour, pair)
  const log = () => peer?.log() ?? parlour.log().slice(-100).join('\n')
  for (const { name, run } of wanted) {
    await runner.run(
      heading,
      name,
      () => run(stage),
      () => `${stage.transcript()}\n${log()}`,
    )
    await stage.clear()
  }
}

/** Takes one group after the other. */
async function runLane(groups: (() => Promise<void>)[]): Promise<void> {
  for (let next = groups.shift(); next; next = groups.shift()) await next()
}

await using parlour = await startParlourProgram()
const groups = [
  ...PRODUCTS.map((product) => async () => {
    // Whoever is not the partner needs it.
    if (wantedOf(product.name, product).length === 0 || !isInstalled(product.name, product.needs, SLIXMPP)) return
    await runCases(parlour, product.name, product, () => parlour.log().slice(-100).join('\n'))
  }),
  ...PEERS.map((peer) => () => runPeer(peer)),
  // One after the other: with our server, they are connections for the same domain.
  async () => {
    for (const pair of COMPONENT_PAIRS) await runComponents(pair)
  },
]
await Promise.all(Array.from({ length: LANES }, () => runLane(groups)))
await runner.run('parlour', 'stops in order, and had nothing to warn of', async () => {
  assert.equal(await parlour.stop(), 0)
  // Levels of pino: 40 is a warning.
  assert.deepEqual(
    parlour.log().filter((line) => !line.startsWith('{') || JSON.parse(line).level >= 40),
    [],
  )
  return undefined
})
if (words.length === 0 && !leftOut)
  await runner.run('docs', 'docs/interop.md is current', async () => checkDocument(runner.results))
runner.finish()
