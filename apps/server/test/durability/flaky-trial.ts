import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom } from '../server-to-server/random.ts'
import { until } from '../support/waiting.ts'
import { FlakyProxy, TROUBLES } from './flaky-proxy.ts'
import type { KilledServer } from './kill-trial.ts'
import { ManagedDevice } from './managed-device.ts'

const DEVICES = ['phone', 'tablet', 'desk']
/** The most that is unacknowledged. */
const WINDOW = 200
/** What the networks go through at least while messages are sent, however fast the machine is. */
const TROUBLES_AT_LEAST = 40

/**
 * Numbered messages to three devices of one account over networks that cut, stall, lose and delay: at the end each
 * device has every one, once and in order.
 * @returns what happened, for the report
 */
export async function runFlakyTrial(server: KilledServer, messages: number, seed: number): Promise<string> {
  const random = createRandom(seed)
  const { target } = server
  for (const name of ['flo', 'gus']) await server.createAccount(name, 'secret')
  await using networks = new AsyncDisposableStack()
  const join = async (name: string, resource: string) => {
    const proxy = networks.use(await FlakyProxy.before(target.directTls, random))
    const place = { ...target, directTls: proxy.port }
    return { proxy, device: new ManagedDevice(place, `${name}@${target.domain}`, 'secret', resource) }
  }
  const sender = await join('flo', 'writing')
  const receivers = await Promise.all(DEVICES.map((resource) => join('gus', resource)))
  const all = [sender, ...receivers]
  let [running, isBad] = [true, true]
  const work = all.map(({ device }) => keepConnected(device, () => running))
  // A device whose presence is still on its way gets nothing that is for all.
  const isThere = ({ device }: (typeof all)[number]) => device.online && device.unacknowledged === 0
  await until(() => all.every(isThere), 30_000, 'everybody is there')
  const troubles = makeTrouble(
    all.map(({ proxy }) => proxy),
    random,
    () => isBad,
  )
  const to = `gus@${target.domain}`
  for (let number = 0; number < messages; ) {
    const due = Math.min(messages, Math.ceil((messages * (troubles.count + 1)) / TROUBLES_AT_LEAST))
    for (; number < due && sender.device.online && sender.device.unacknowledged < WINDOW; number++)
      sender.device.send(to, number)
    sender.device.askForAcknowledgement()
    await sleep(5)
  }
  // What befell the last messages is over when they are waited for.
  isBad = false
  await troubles.over
  const complete = () => receivers.every(({ device }) => device.record.arrivals.length >= messages)
  await until(complete, 90_000, 'every device has every message', 100).catch((error: unknown) => {
    const counts = receivers.map(({ device }) => device.record.arrivals.length)
    const there = receivers.map(({ device }) => device.online)
    const missing = receivers.map(({ device }) => firstMissing(device, messages))
    const said = `of ${messages} messages the devices (there: ${there}) have ${counts}; the first missing: ${missing}`
    throw new Error(said, { cause: error })
  })
  await until(() => sender.device.unacknowledged === 0, 20_000, 'everything is acknowledged')
  running = false
  await Promise.all(work)
  const expected = Array.from({ length: messages }, (_, number) => number)
  for (const { device } of receivers) {
    const arrived = device.record.arrivals.map(({ number }) => number)
    assert.deepEqual(arrived, expected, 'each device has the same conversation')
  }
  assert.equal(sender.device.record.refused.size, 0, 'nothing was refused')
  const resumptions = all.reduce((total, { device }) => total + device.record.resumptions, 0)
  assert.ok(resumptions > 0, 'connections were resumed')
  await Promise.all(all.map(({ device }) => device.leave()))
  return `${messages} messages to ${receivers.length} devices, ${troubles.count} troubles, ${resumptions} resumptions; seed ${seed}`
}

function firstMissing(device: ManagedDevice, messages: number): number | 'none' {
  const there = new Set(device.record.arrivals.map(({ number }) => number))
  for (let number = 0; number < messages; number++) if (!there.has(number)) return number
  return 'none'
}

async function keepConnected(device: ManagedDevice, goOn: () => boolean): Promise<void> {
  while (goOn()) {
    // On such a network connecting fails too.
    if (!device.online) await device.connect().catch(() => undefined)
    await sleep(30)
  }
}

function makeTrouble(proxies: readonly FlakyProxy[], random: () => number, goOn: () => boolean) {
  const troubles = { count: 0, over: Promise.resolve() }
  const make = async () => {
    while (goOn()) {
      await sleep(200 + random() * 500)
      const proxy = proxies[Math.floor(random() * proxies.length)] as FlakyProxy
      const kind = TROUBLES[Math.floor(random() * TROUBLES.length)] as (typeof TROUBLES)[number]
      proxy.trouble(kind, 200 + random() * 1200)
      troubles.count++
    }
  }
  troubles.over = make()
  return troubles
}
