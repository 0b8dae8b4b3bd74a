import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { residentBytes } from '../support/memory.ts'
import { type ServerProcess, startServerProcess } from '../support/server-process.ts'
import { until } from '../support/waiting.ts'
import { Bystander } from './bystander.ts'
import { FaultyMedium, type MediumFault } from './faulty-medium.ts'
import { type Arrival, ManagedDevice } from './managed-device.ts'
import type { DeviceTarget } from './managed-stream.ts'

const SENDERS = ['ada', 'bob']
const RECEIVERS: Readonly<Record<string, readonly string[]>> = { cy: ['phone', 'desk'], dee: ['phone'] }
/** Comes only when all is over: what it gets is what was stored. */
const ABSENT = 'eve'
/** The most that a sender leaves unacknowledged, messages of one turn, and milliseconds between two turns. */
const WINDOW = 400
const BURST = 4
const PACE = 10
/** Milliseconds before the fault, of the fault, and after it. */
const BEFORE = 1500
const FAULT: Readonly<Record<MediumFault, number>> = { full: 6000, failing: 6000, slow: 8000 }
const AFTER = 2000
/** Milliseconds until everything goes on as before, and that an answer may take that has nothing to do with the storage. */
const RECOVERY = 15_000
const ANSWER = 2000
/** Bytes that the server may need more. */
const GROWTH = 150 * 1024 * 1024

interface Company {
  readonly senders: readonly ManagedDevice[]
  readonly receivers: readonly ManagedDevice[]
  readonly absent: ManagedDevice
}

/**
 * The medium beneath the database is full, fails, or is slow for a while, under load; then it is well again. What was
 * acknowledged is stored; what was not stored was refused, in words; all goes on without a restart.
 * @returns what happened, for the report; `undefined`: this machine has no way to bring the fault about
 */
export async function runStorageTrial(fault: MediumFault): Promise<string | undefined> {
  using medium = new FaultyMedium()
  const means = medium.means(fault)
  if (means === undefined) return undefined
  await using server = await startServerProcess(OPTIONS, medium.disk, medium.environment)
  if (fault === 'full') await refusesAnother(server)
  const target = { ...server, domain: 'localhost' }
  const company = await assemble(server, target)
  const { senders, receivers } = company
  await using bystander = await Bystander.join(server)
  let running = true
  const work = senders.map((sender) => keepSending(sender, () => running))
  await sleep(BEFORE)
  await server.collect()
  const pid = server.child.process.pid as number
  const memory = residentBytes(pid)
  const logged = server.child.transcript.length
  const before = countOf(senders, 'acknowledged')
  means.begin(pid)
  await bystander.watchFor(FAULT[fault])
  const during = { refused: countOf(senders, 'refused'), acknowledged: countOf(senders, 'acknowledged') - before }
  means.end(pid)
  const recovery = await recovered(senders)
  await bystander.watchFor(AFTER)
  if (fault !== 'slow') await server.child.line(/^! info the storage works again/, RECOVERY)
  running = false
  await Promise.all(work)
  await settle([...senders, ...receivers])
  const sentences = linesOf(server, logged)
  const report = await judge(company)
  await server.collect()
  const growth = residentBytes(pid) - memory
  assert.ok(growth < GROWTH, `${growth} bytes more`)
  for (const device of [...senders, ...receivers])
    assert.deepEqual([device.record.bindings, device.record.resumptions], [1, 0], 'no connection broke')
  assert.ok(bystander.slowest < ANSWER, `others waited ${Math.round(bystander.slowest)} ms`)
  judgeFault(fault, { ...during, sentences, senders })
  await Promise.all([...senders, ...receivers].map((device) => device.leave()))
  return `${means.how}; ${report}; meanwhile ${during.acknowledged} acknowledged, ${during.refused} refused; goes on after ${Math.round(recovery)} ms; others waited ${Math.round(bystander.slowest)} ms at most`
}

const OPTIONS = {
  listen: { address: '127.0.0.1', starttls: 0, directTls: 0 },
  modules: { offline: { maxMessages: 1_000_000, maxBytes: 1_000_000_000 } },
}

async function assemble(server: ServerProcess, target: DeviceTarget): Promise<Company> {
  for (const name of [...SENDERS, ...Object.keys(RECEIVERS), ABSENT, 'zoe'])
    await server.createAccount(`${name}@localhost`, 'secret')
  const device = (name: string, resource: string) => new ManagedDevice(target, `${name}@localhost`, 'secret', resource)
  const senders = SENDERS.map((name) => device(name, 'writing'))
  const receivers = Object.entries(RECEIVERS).flatMap(([name, resources]) => resources.map((r) => device(name, r)))
  for (const each of [...senders, ...receivers]) await each.connect()
  return { senders, receivers, absent: device(ABSENT, 'phone') }
}

/** A second server with the same data would end in a mess: it is told who has them. */
async function refusesAnother({ folder, child }: ServerProcess): Promise<void> {
  await assert.rejects(startServerProcess(OPTIONS, folder), new RegExp(`is in use by process ${child.process.pid}`))
}

async function keepSending(device: ManagedDevice, goOn: () => boolean): Promise<void> {
  const names = [...Object.keys(RECEIVERS), ABSENT]
  for (let number = 0; goOn(); await sleep(PACE)) {
    for (let n = 0; n < BURST && device.unacknowledged < WINDOW; n++, number++)
      device.send(`${names[number % names.length]}@localhost`, number)
    device.askForAcknowledgement()
  }
}

const countOf = (devices: readonly ManagedDevice[], what: 'acknowledged' | 'refused'): number =>
  devices.reduce((sum, { record }) => sum + [...record[what].values()].reduce((all, { size }) => all + size, 0), 0)

/** Milliseconds until something that was sent after the fault is stored and acknowledged, for every sender. */
async function recovered(senders: readonly ManagedDevice[]): Promise<number> {
  const start = performance.now()
  const stored = (device: ManagedDevice) => countOf([device], 'acknowledged') - countOf([device], 'refused')
  const before = senders.map(stored)
  const goesOn = () => senders.every((device, index) => stored(device) > (before[index] as number) + WINDOW)
  await until(goesOn, RECOVERY, 'messages are acknowledged again', 10)
  return performance.now() - start
}

/** Everything is answered, and nothing comes any more. */
async function settle(devices: readonly ManagedDevice[]): Promise<void> {
  const quiet = () => {
    for (const device of devices) device.askForAcknowledgement()
    return devices.every(({ unacknowledged }) => unacknowledged === 0)
  }
  await until(quiet, 20_000, 'everything is acknowledged', 50)
  await sleep(500)
}

/** What was acknowledged and not refused is in the archive exactly once and was received, what was refused is not; in order. */
async function judge({ senders, receivers, absent }: Company): Promise<string> {
  await absent.connect()
  const expected = senders.reduce((sum, sender) => sum + stored(sender, absent.address).length, 0)
  await until(() => absent.record.arrivals.length >= expected, 20_000, `${expected} messages that were kept`)
  let messages = 0
  for (const device of [...receivers, absent]) {
    const archive = await device.readArchive()
    for (const sender of senders) {
      const kept = stored(sender, device.address)
      messages += kept.length
      assert.deepEqual(numbersFrom(archive, sender), kept, `the archive of ${device.address}`)
      const arrived = numbersFrom(device.record.arrivals, sender)
      assert.deepEqual(
        arrived,
        [...new Set(arrived)].sort((a, b) => a - b),
        `${device.address}: once, in order`,
      )
      const missing = new Set(kept)
      for (const number of arrived) missing.delete(number)
      assert.deepEqual([...missing], [], `${device.address} has what was acknowledged`)
      if (device === absent) assert.deepEqual(arrived, kept, 'nothing that was refused is kept')
    }
  }
  await absent.leave()
  return `${messages} messages stored, each once and in order`
}

/** The numbers that the sender may rely on. */
function stored(sender: ManagedDevice, to: string): number[] {
  const refused = sender.record.refused.get(to)
  return [...(sender.record.acknowledged.get(to) ?? [])].filter((number) => !refused?.has(number))
}

const numbersFrom = (arrivals: readonly Arrival[], { address }: ManagedDevice): number[] =>
  arrivals.filter(({ from }) => from === address).map(({ number }) => number)

/** Errors and warnings of the server's log, and what it says of the storage. */
function linesOf(server: ServerProcess, from: number): string[] {
  const lines = server.child.transcript.slice(from).filter((line) => /^! (error|warn|info .*storage)/.test(line))
  return lines.map((line) => line.slice(0, 300))
}

function judgeFault(
  fault: MediumFault,
  found: { refused: number; sentences: readonly string[]; senders: readonly ManagedDevice[] },
): void {
  const refusals = new Set(found.senders.flatMap(({ record }) => [...record.refusals]))
  const said = found.sentences.join('\n')
  if (fault === 'slow') {
    assert.equal(found.refused, 0, 'what is slow is not refused')
    assert.equal(found.sentences.length, 0, said)
    return
  }
  assert.ok(found.refused > 100, `only ${found.refused} refused`)
  assert.deepEqual([...refusals], ['wait resource-constraint'])
  const [begins, over] = found.sentences
  assert.equal(found.sentences.length, 2, `the log says what is wrong, and that it is over:\n${said}`)
  assert.match(begins ?? '', /^! error the storage fails/)
  assert.match(over ?? '', /^! info the storage works again/)
}
