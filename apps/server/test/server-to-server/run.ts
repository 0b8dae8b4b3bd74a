/**
 * Two servers and what lies between them: order and no loss, domains that cannot be reached, peers that misbehave.
 * `pnpm test:server-to-server`, or with words of cases; `--seed N` for the moments of the cuts.
 */
import assert from 'node:assert/strict'
import { parseArgs } from 'node:util'
import { CaseRunner } from '../support/cases.ts'
import { runFlood } from './flood.ts'
import { type OrderTrial, runOrderTrial } from './order.ts'
import { REFUSALS, type Refusal } from './refusals/index.ts'
import { PEERS_ADDRESS, Scene } from './scene.ts'
import { runUnreachable } from './unreachable.ts'

const { values, positionals: words } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) } },
})
const runner = new CaseRunner(240_000)
const isWanted = (name: string) => words.every((word) => name.includes(word))

const SMALL = { messages: 6_000, cuts: 3 } as const
const TRIALS: readonly OrderTrial[] = [
  ...(['verified', 'dialback'] as const).flatMap((security) =>
    [true, false].map((bidirectional) => ({ ...SMALL, security, bidirectional })),
  ),
  { messages: 100_000, cuts: 20, security: 'verified', bidirectional: true },
]
for (const [n, trial] of TRIALS.entries()) {
  const { messages, cuts, security, bidirectional } = trial
  const way = bidirectional ? 'both ways on one connection' : 'each way on its own'
  const name = `order: ${messages} messages, ${cuts} cuts, ${security}, ${way}`
  if (isWanted(name)) await runner.run('servers', name, () => runOrderTrial(trial, Number(values.seed) + n))
}
await runRefusals(REFUSALS.filter(({ name }) => isWanted(`refused: ${name}`)))
const flood = 'a flood of stream openings'
if (isWanted(flood)) {
  await using scene = await Scene.open()
  await runner.run('servers', flood, () => runFlood(scene))
}
const unreachable = '1000 domains that cannot be reached'
if (isWanted(unreachable)) await runner.run('servers', unreachable, () => runUnreachable(1000))
runner.finish()
process.exit()

async function runRefusals(refusals: readonly Refusal[]): Promise<void> {
  if (refusals.length === 0) return
  await using scene = await Scene.open()
  for (const { name, warnings = 1, says = [], secrets = [], run } of refusals) {
    const { transcript } = scene.server.process.child
    const since = transcript.length
    const body = async () => {
      const note = await run(scene)
      const lines = await scene.expectRefusal(since, warnings, secrets)
      for (const text of says.length > 0 ? [...says, new RegExp(PEERS_ADDRESS)] : [])
        assert.match(lines.join('\n'), text)
      return note
    }
    await runner.run('refused', name, body, () => transcript.slice(since).slice(-20).join('\n'))
  }
}
