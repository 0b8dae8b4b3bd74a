/** Parlour with other servers, each with domains of every kind: `pnpm test:federation`, or with words of cases. */
import { CaseRunner } from '../support/cases.ts'
import { checkDocument } from './document.ts'
import { Network } from './network.ts'
import { Pair } from './pair.ts'
import { ejabberd } from './servers/ejabberd.ts'
import { parlour } from './servers/parlour.ts'
import { prosody } from './servers/prosody.ts'

const words = process.argv.slice(2).filter((word) => word !== '--write')
/** Pairs under way at a time: they wait more than they work. */
const LANES = 2
const runner = new CaseRunner(90_000)

const pairs = [prosody, ejabberd, parlour].map((product) => new Pair(product, words))
const wanted = pairs.filter(({ turns }) => turns.length > 0)
for (const { product } of wanted.filter(({ isInstalled }) => !isInstalled))
  console.log(`left out ${product.name}: there is no ${product.needs}`)
const queue = wanted.filter(({ isInstalled }) => isInstalled)

await using network = await Network.open()

async function runLane(): Promise<void> {
  for (let pair = queue.shift(); pair; pair = queue.shift()) {
    try {
      await pair.run(network, runner)
    } catch (error) {
      await runner.run(`federation with ${pair.product.name}`, 'starts and ends', () => Promise.reject(error))
    }
  }
}

await Promise.all(Array.from({ length: LANES }, runLane))
if (words.length === 0 && wanted.every(({ isInstalled }) => isInstalled))
  await runner.run('docs', 'docs/interop-servers.md is current', () => checkDocument(pairs, runner.results))
runner.finish()
