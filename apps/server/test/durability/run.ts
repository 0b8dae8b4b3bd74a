/**
 * `pnpm test:durability`: what the server has answered or acknowledged is there after `kill -9`, and reaches every device
 * over a bad network; nothing else is acknowledged by a server whose disk is full, fails, or is slow. `--help` lists the
 * options.
 */
import assert from 'node:assert/strict'
import { parseArgs } from 'node:util'
import { CaseRunner } from '../support/cases.ts'
import { runAnswerRounds } from './answer-rounds.ts'
import { runFlakyTrial } from './flaky-trial.ts'
import { type KillTrialReport, runKillTrial } from './kill-trial.ts'
import { createKilledParlour } from './killed-parlour.ts'
import { runStorageTrial } from './storage-trial.ts'

const HELP = `Kills the server in the middle of work, and looks for what it had promised.

  pnpm test:durability [--rounds 20] [--kills 50] [--messages 10000] [--storage false] [--seed NUMBER]

  --rounds    kills in the middle of roster changes and offline messages; each round is judged by itself
  --kills     kills in the middle of conversations of clients with XEP-0198 that come and go; 0 for none
  --messages  to three devices of one account, over networks that cut, stall and lose
  --storage   \`false\`: not with a disk that is full, fails, or is slow
  --seed      repeats an earlier run's choices; times differ all the same`

const number = { type: 'string' } as const
const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    rounds: number,
    kills: number,
    messages: number,
    seed: number,
    storage: number,
    help: { type: 'boolean' },
  },
})
const seed = Number(values.seed ?? Date.now() % 2 ** 31)

/** How often the processes die in a conversation: milliseconds at least and at most. */
const BETWEEN = [150, 900] as const

function told(report: KillTrialReport): string {
  const { kills, acknowledged, refused, repeated, resumptions, bindings } = report
  return `${kills} kills, ${acknowledged} messages acknowledged, all come to a device of their receiver, none twice, none out of order; ${refused} answered with an error; ${repeated} sent and received again for want of an acknowledgement; ${resumptions} resumptions, ${bindings} sessions; seed ${seed}`
}

async function killParlour(kills: number): Promise<string> {
  await using server = await createKilledParlour()
  const report = await runKillTrial(server, { kills, seed, between: BETWEEN })
  const { acknowledged, lost, notArchived, onlyArchived, twice, disordered, unacknowledged, away, faults } = report
  const found = { lost, notArchived, onlyArchived, twice, disordered, unacknowledged, away }
  const none = { lost: 0, notArchived: 0, onlyArchived: 0, twice: 0, disordered: 0, unacknowledged: 0, away: [] }
  assert.deepEqual(found, none, `seed ${seed}: ${faults.join('; ')}`)
  assert.ok(acknowledged >= 20 * kills, `only ${acknowledged} messages were acknowledged`)
  return told(report)
}

async function cutNetworks(messages: number): Promise<string> {
  await using server = await createKilledParlour()
  return await runFlakyTrial(server, messages, seed)
}

async function tryStorage(runner: CaseRunner): Promise<void> {
  for (const fault of ['full', 'failing', 'slow'] as const)
    await runner.run('storage', `a disk that is ${fault}`, async () => {
      const told = await runStorageTrial(fault)
      return told ?? 'left out: this machine has neither a compiler nor the right to mount'
    })
}

if (values.help) console.log(HELP)
else {
  const [rounds, kills, messages] = [values.rounds ?? 20, values.kills ?? 50, values.messages ?? 10_000].map(Number)
  const runner = new CaseRunner(600_000)
  await runAnswerRounds(runner, rounds as number)
  if (kills !== 0)
    await runner.run('clients', 'kill -9 in the middle of conversations', () => killParlour(kills as number))
  if (messages !== 0)
    await runner.run('clients', 'three devices on bad networks', () => cutNetworks(messages as number))
  if (values.storage !== 'false') await tryStorage(runner)
  runner.finish()
}
