import assert from 'node:assert/strict'
import { until } from '../support/waiting.ts'
import { CUTS, type Cut, CutProxy } from './cut-proxy.ts'
import { type DomainServer, logged, Network } from './network.ts'
import { NumberedEnd } from './numbered.ts'
import { createRandom } from './random.ts'

/** Two servers, the connections between which are cut while messages are under way in both directions. */
export interface OrderTrial {
  /** Messages in all. */
  readonly messages: number
  readonly cuts: number
  readonly security: 'verified' | 'dialback'
  readonly bidirectional: boolean
}

/**
 * Messages of one direction that were sent and have not arrived. Without such a bound more would wait for a link that is
 * cut than the queue of a domain holds (`federation.maxQueuedBytes`), and be answered with errors, rightly.
 */
const WINDOW = 4_000
/** Messages at least between two cuts: so many that the proxy knows a line which carries stanzas. */
const APART = 200
/** Milliseconds for which a side hears nothing before it learns of a cut. */
const SILENCE = [300, 1_500] as const
/** Milliseconds in which nothing may fail to arrive. */
const STANDSTILL = 30_000

/** Sends numbered messages both ways, cuts, and looks that all arrive, in order, none twice. */
export async function runOrderTrial(trial: OrderTrial, seed: number): Promise<string> {
  await using network = await Network.open()
  const servers = await Promise.all(['a.example', 'b.example'].map((domain) => serve(network, domain, trial)))
  const [a, b] = servers as [DomainServer, DomainServer]
  await using stack = new AsyncDisposableStack()
  const proxies = await Promise.all(
    servers.map(async ({ domain, port }) => {
      const proxy = stack.use(await CutProxy.before(port))
      network.point(domain, proxy.port)
      return proxy
    }),
  )
  const clients = await Promise.all(servers.map((server) => server.signIn('user')))
  for (const client of clients) {
    client.write('<presence/>')
    await client.ping()
    stack.defer(() => client.destroy())
  }
  const ends = clients.map((client, n) => new NumberedEnd(client, `user@${servers[1 - n]?.domain}/raw`))
  if (trial.bidirectional) {
    // So that one has opened its connection before the other wants to.
    ends[0]?.sendUpTo(1)
    await until(() => ends[1]?.received === 1, 20_000, 'the first message')
  }
  const start = performance.now()
  const cuts = await converse(ends as [NumberedEnd, NumberedEnd], proxies, trial, createRandom(seed))
  const seconds = (performance.now() - start) / 1000
  const links = [...(await a.process.links()), ...(await b.process.links())]
  const established = links.filter(({ state }) => state === 'established')
  const method = trial.security === 'verified' ? 'external' : 'dialback'
  assert.ok(
    established.some(({ authentication }) => authentication === method),
    `authentication is ${method}`,
  )
  assert.equal(
    established.some(({ bidirectional }) => bidirectional),
    trial.bidirectional,
    'stanzas go both ways on one connection',
  )
  assert.ok(established.every(({ managed, queueLength }) => managed && queueLength === 0))
  const resumed = servers.flatMap((server) => logged(server, 'info')).filter((line) => line.includes('resumed')).length
  if (trial.cuts > 0) assert.ok(resumed > 0, 'streams were resumed')
  const processor = await Promise.all(servers.map(({ process }) => process.processorTime()))
  const connections = proxies.reduce((sum, { opened }) => sum + opened, 0)
  return [
    `${trial.messages} messages in ${seconds.toFixed(1)} s (${Math.round(trial.messages / seconds)}/s)`,
    `${trial.cuts} cuts (${cuts}), ${connections} connections, ${resumed} resumptions`,
    `processor ${processor.map((time) => `${(time / 1000).toFixed(1)} s`).join(' and ')}`,
    `seed ${seed}`,
  ].join('; ')
}

function serve(network: Network, domain: string, { security, bidirectional }: OrderTrial): Promise<DomainServer> {
  return network.serve(domain, ['user'], {
    // The clients are trusted here: what is tested is what comes after them.
    limits: { bytesPerSecond: 1_000_000_000, maxUnsentBytes: 100_000_000 },
    federation: { security, bidirectional },
  })
}

/** Runs until all has arrived; tells how often each kind of cut was made. */
async function converse(
  [one, other]: [NumberedEnd, NumberedEnd],
  proxies: readonly CutProxy[],
  { messages, cuts }: OrderTrial,
  random: () => number,
): Promise<string> {
  const each = messages / 2
  const window = Math.min(WINDOW, messages / 30)
  const moments = Array.from({ length: cuts }, () => messages * (0.02 + 0.88 * random())).sort((x, y) => x - y)
  const made = new Map<Cut, number>()
  let [before, since] = [-1, performance.now()]
  const step = () => {
    const arrived = one.received + other.received
    const [next = messages] = moments
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const)
      from.sendUpTo(Math.min(each, to.received + window, Math.ceil(next / 2) + window))
    if (moments.length > 0 && arrived >= next && proxies.some(({ carrying }) => carrying > 0)) {
      moments.shift()
      if (moments[0] !== undefined) moments[0] = Math.max(moments[0], arrived + APART)
      const how = CUTS[Math.floor(random() * CUTS.length)] as Cut
      made.set(how, (made.get(how) ?? 0) + 1)
      const silence = SILENCE[0] + (SILENCE[1] - SILENCE[0]) * random()
      for (const proxy of proxies) proxy.cut(how, silence)
    }
    assert.ok(!one.isBroken && !other.isBroken, [...one.faults, ...other.faults, 'the conversation broke'].join('; '))
    if (arrived !== before) [before, since] = [arrived, performance.now()]
    const { received } = one
    const told = `${received} and ${other.received} of ${each} arrived, ${one.sent} and ${other.sent} were sent`
    assert.ok(performance.now() - since < STANDSTILL, `nothing arrives any more: ${told}`)
    return arrived >= messages
  }
  await until(step, 300_000, 'all messages', 2)
  // What comes twice comes after the first.
  await new Promise((resolve) => setTimeout(resolve, 300))
  assert.deepEqual([one.received, other.received, ...one.faults, ...other.faults], [each, each])
  assert.equal(moments.length, 0, 'all cuts were made')
  return [...made].map(([how, count]) => `${count} ${how}`).join(', ')
}
