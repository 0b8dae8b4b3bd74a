/** Clients that misbehave get their error, and nobody else notices: `pnpm test:robustness`, or with words of cases. */
import assert from 'node:assert/strict'
import { CaseRunner } from '../support/cases.ts'
import { residentBytes } from '../support/memory.ts'
import type { RawTarget } from '../support/raw-client.ts'
import { type ServerProcess, startServerProcess } from '../support/server-process.ts'
import { until } from '../support/waiting.ts'
import { Bystanders } from './bystanders.ts'
import { CASES, type RobustnessCase } from './cases.ts'

const MIB = 1024 * 1024
/** What a bystander's round trip may take in the median, by what it took before; and in any case. */
const SLOWER = 10
const BEARABLE = 250
/** What stays behind of memory at the most: what V8 and malloc keep once it has been needed. What leaks shows the second time. */
const KEPT = 100 * MIB

const words = process.argv.slice(2)
const runner = new CaseRunner(120_000)

async function withBystanders(each: RobustnessCase, server: ServerProcess, target: RawTarget, bystanders: Bystanders) {
  await bystanders.report()
  await until(async () => (await bystanders.report()).exchanges > 20, 30_000, 'exchanges before', 300)
  const before = await bystanders.report()
  const usual = await until(
    async () => {
      const report = await bystanders.report()
      return report.exchanges > 20 && report
    },
    30_000,
    'exchanges before',
    500,
  )
  const memory = residentBytes(server.child.process.pid ?? 0)
  const note = await each.run({ server, target })
  const meanwhile = await bystanders.report()
  const grown = await settledGrowth(server, memory)
  const told = `bystanders ${usual.median.toFixed(1)} → ${meanwhile.median.toFixed(1)} ms, memory ${mib(grown)}`
  assert.ok(before.exchanges >= 0 && meanwhile.exchanges > 0, `the bystanders went on: ${told}`)
  assert.ok(meanwhile.median < Math.max(usual.median * SLOWER, BEARABLE), `the bystanders were slowed down: ${told}`)
  assert.ok(grown < KEPT, `memory stayed behind: ${told}`)
  return [note, told].filter(Boolean).join('; ')
}

/** Bytes by which the memory has grown, once it has had time to come back. */
async function settledGrowth(server: ServerProcess, memory: number): Promise<number> {
  let grown = 0
  const look = async () => {
    await server.collect()
    grown = residentBytes(server.child.process.pid ?? 0) - memory
    return grown < KEPT
  }
  // That it never comes back is told with the other numbers.
  await until(look, 20_000, 'memory', 250).catch(() => {})
  return grown
}

const mib = (bytes: number) => `${bytes < 0 ? '' : '+'}${(bytes / MIB).toFixed(0)} MiB`

const wanted = CASES.filter(({ name }) => words.every((word) => name.includes(word)))
for (const options of new Set(wanted.map((each) => each.options))) {
  await using server = await startServerProcess({ ...options })
  const { host, starttls, directTls, authority } = server
  const target: RawTarget = { host, starttls, directTls, authority }
  using bystanders = await Bystanders.start(server, target)
  await server.createAccount('somebody@localhost', 'secret')
  for (const each of wanted.filter((other) => other.options === options)) {
    await runner.run(
      'server',
      each.name,
      () => withBystanders(each, server, target, bystanders),
      () => server.child.transcript.slice(-40).join('\n'),
    )
  }
}
runner.finish()
process.exit()
