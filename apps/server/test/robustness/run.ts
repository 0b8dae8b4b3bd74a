/** Clients that misbehave get their error, and nobody else notices: `pnpm test:robustness`, or with words of cases. */
import assert from 'node:assert/strict'
import { type Bearable, Bystanders } from '../support/bystanders.ts'
import { CaseRunner } from '../support/cases.ts'
import type { ChatPair } from '../support/chat-pair.ts'
import { residentBytes } from '../support/memory.ts'
import type { RawTarget } from '../support/raw-client.ts'
import { type ServerProcess, startServerProcess } from '../support/server-process.ts'
import { until } from '../support/waiting.ts'
import { CASES, type RobustnessCase } from './cases.ts'

const MIB = 1024 * 1024
/** Many cases are over in a fraction of a second, after a handful of exchanges: that tells only what is much slower. */
const BEARABLE: Bearable = { of: 'median', slower: 10, floor: 100 }
/** How long it is measured what is usual, in milliseconds. */
const USUAL_TIME = 500
/** Of the bystanders. */
const PASSWORD = 'bystander'
/** What stays behind of memory at the most: what V8 and malloc keep once it has been needed. What leaks shows the second time. */
const KEPT = 100 * MIB

const words = process.argv.slice(2)
const runner = new CaseRunner(120_000)

async function withBystanders(each: RobustnessCase, server: ServerProcess, target: RawTarget, bystanders: Bystanders) {
  await bystanders.calm(USUAL_TIME)
  const memory = residentBytes(server.child.process.pid ?? 0)
  const note = await each.run({ server, target })
  const noticed = await bystanders.verdict(BEARABLE)
  const grown = await settledGrowth(server, memory)
  const told = `bystanders: ${noticed}; memory ${mib(grown)}`
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

/** A pair of accounts of the server that chat with each other. */
async function pairOf(name: string, server: ServerProcess): Promise<ChatPair> {
  for (const username of ['left', 'right']) await server.createAccount(`${username}@localhost`, PASSWORD)
  return { name, ends: [end(server, 'left'), end(server, 'right')] }
}

const end = (target: RawTarget, username: string) => ({ target: targetOf(target), username })
const targetOf = ({ host, starttls, directTls, authority }: RawTarget): RawTarget => ({
  ...{ host, starttls, directTls, authority },
})

const wanted = CASES.filter(({ name }) => words.every((word) => name.includes(word)))
for (const options of new Set(wanted.map((each) => each.options))) {
  await using server = await startServerProcess({ ...options })
  await using other = await startServerProcess()
  const target = targetOf(server)
  const [pairs, control] = [[await pairOf('their', server)], await pairOf('control', other)]
  using bystanders = new Bystanders({ pairs, control, pid: server.child.process.pid ?? 0, password: PASSWORD })
  await server.createAccount('somebody@localhost', 'secret')
  for (const each of wanted.filter((one) => one.options === options)) {
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
