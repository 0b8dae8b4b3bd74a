import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom } from '../server-to-server/random.ts'
import { until } from '../support/waiting.ts'
import { type Arrival, ManagedDevice } from './managed-device.ts'
import type { DeviceTarget } from './managed-stream.ts'
import { judge, type Verdict } from './verdict.ts'

/** A server that is killed and started again with what it has kept. */
export interface KilledServer extends AsyncDisposable {
  readonly name: string
  readonly target: DeviceTarget
  start(): Promise<void>
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>
  createAccount(username: string, password: string): Promise<void>
}

/** How hard it is tried. */
export interface KillTrialOptions {
  readonly kills: number
  readonly seed: number
  /** Milliseconds between two kills, at least and at most. */
  readonly between: readonly [number, number]
}

/** Who writes to whom: two senders, three receivers, of whom one has two devices. */
const SENDERS = ['ada', 'bob']
const RECEIVERS: Readonly<Record<string, readonly string[]>> = {
  cy: ['phone', 'desk'],
  dee: ['phone'],
  eve: ['phone'],
}
/** The most that a sender leaves unacknowledged. */
const WINDOW = 40
/** Messages of one turn of a sender, and milliseconds between two turns. */
const BURST = 3
const PACE = 8

/** What a trial found, and how much it was. */
export interface KillTrialReport extends Verdict {
  readonly kills: number
  readonly resumptions: number
  readonly bindings: number
  readonly refusedResumptions: number
  /** Messages that a minute after the last kill had neither been acknowledged nor answered with an error. */
  readonly unacknowledged: number
  /** Devices that could not sign in any more by then; where an account has no other, its archive counts as empty. */
  readonly away: readonly string[]
}

/**
 * Senders and receivers that come and go while the server's process is killed again and again; afterwards everything
 * that was acknowledged is looked for with the receivers and in their archives.
 */
export async function runKillTrial(server: KilledServer, options: KillTrialOptions): Promise<KillTrialReport> {
  const random = createRandom(options.seed)
  const { domain } = server.target
  for (const name of [...SENDERS, ...Object.keys(RECEIVERS)]) await server.createAccount(name, 'secret')
  const device = (name: string, resource: string) =>
    new ManagedDevice(server.target, `${name}@${domain}`, 'secret', resource)
  const senders = SENDERS.map((name) => device(name, 'writing'))
  const receivers = Object.entries(RECEIVERS).flatMap(([name, resources]) => resources.map((r) => device(name, r)))
  const running = { sending: true, receiving: true, wandering: true }
  const work = [
    ...senders.map((sender) => keepConnected(sender, random, () => running.receiving)),
    ...receivers.map((receiver) => keepConnected(receiver, random, () => running.receiving)),
    ...receivers.map((receiver) => comeAndGo(receiver, random, () => running.wandering)),
    ...senders.map((sender) => keepSending(sender, domain, () => running.sending)),
  ]
  const all = [...senders, ...receivers]
  for (let kill = 0; kill < options.kills; kill++) {
    const [least, most] = options.between
    await until(() => senders.every((sender) => sender.online), 60_000, 'the senders are back')
    await sleep(least + random() * (most - least))
    await server.kill()
    await server.start()
  }
  running.wandering = false
  running.sending = false
  await settle(all)
  running.receiving = false
  await Promise.all(work)
  const away = all.filter(({ online }) => !online).map(({ fullAddress }) => fullAddress)
  const archives = new Map<string, readonly Arrival[]>()
  for (const each of receivers)
    if (each.online && !archives.has(each.address)) archives.set(each.address, await each.readArchive())
  const sum = (of: (device: ManagedDevice) => number) => all.reduce((total, each) => total + of(each), 0)
  await Promise.all(all.map((each) => each.leave()))
  return {
    ...judge(senders, receivers, archives),
    kills: options.kills,
    resumptions: sum(({ record }) => record.resumptions),
    bindings: sum(({ record }) => record.bindings),
    refusedResumptions: sum(({ record }) => record.refusedResumptions),
    unacknowledged: sum(({ unacknowledgedMessages }) => unacknowledgedMessages),
    away,
  }
}

/** Comes back as soon as the server can be reached, as long as it should. */
async function keepConnected(device: ManagedDevice, random: () => number, goOn: () => boolean): Promise<void> {
  while (goOn()) {
    await sleep(20)
    if (device.online) continue
    // As long as a phone needs to find its network.
    await sleep(100 + random() * 300)
    // The server is being killed all the time: that it cannot be reached, or breaks off, is expected.
    await device.connect().catch(() => undefined)
  }
}

async function comeAndGo(device: ManagedDevice, random: () => number, goOn: () => boolean): Promise<void> {
  while (goOn()) {
    await sleep(50 + random() * 700)
    const chance = random()
    if (chance < 0.35) device.drop()
    else if (chance < 0.5) await device.leave()
  }
}

async function keepSending(device: ManagedDevice, domain: string, goOn: () => boolean): Promise<void> {
  const names = Object.keys(RECEIVERS)
  for (let number = 0; goOn(); await sleep(PACE)) {
    for (let n = 0; n < BURST && device.online && device.unacknowledged < WINDOW; n++, number++)
      device.send(`${names[number % names.length]}@${domain}`, number)
    device.askForAcknowledgement()
  }
}

/** Everything is acknowledged and everybody is there, or a minute has gone by; and nothing comes any more. */
async function settle(devices: readonly ManagedDevice[]): Promise<void> {
  const end = performance.now() + 60_000
  while (performance.now() < end) {
    if (devices.every((device) => device.online && device.unacknowledged === 0)) break
    for (const device of devices) device.askForAcknowledgement()
    await sleep(100)
  }
  const arrivals = () => devices.reduce((total, { record }) => total + record.arrivals.length, 0)
  let [before, since] = [-1, performance.now()]
  await until(
    () => {
      const now = arrivals()
      if (now !== before) [before, since] = [now, performance.now()]
      return performance.now() - since > 5000
    },
    60_000,
    'nothing comes any more',
    100,
  )
}
