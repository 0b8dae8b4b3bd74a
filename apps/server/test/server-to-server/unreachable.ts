import assert from 'node:assert/strict'
import { createServer, type Socket } from 'node:net'
import { freePort } from '../support/free-port.ts'
import { residentBytes } from '../support/memory.ts'
import type { RawClient } from '../support/raw-client.ts'
import { until } from '../support/waiting.ts'
import { BEARABLE, BYSTANDERS, startBystanders, USUAL_TIME } from './bystanders.ts'
import { type Footprint, footprintOf, mebibytes } from './footprint.ts'
import { type DomainServer, Network } from './network.ts'

/** A way not to be reached. */
interface Absence {
  readonly name: string
  readonly condition: 'remote-server-not-found' | 'remote-server-timeout'
  /** In the text of the error. */
  readonly reason: RegExp
  prepare(network: Network, domain: string, ports: { readonly closed: number; readonly mute: number }): void
}

/** Seconds that a stanza waits. */
const QUEUED = 10
/** Milliseconds in which a sender has to have an answer: the time in the queue, and something for a busy machine. */
const IN_TIME = QUEUED * 1000 + 3_000
/** Milliseconds in which a domain is reached that is there, and was never spoken to before. */
const NEWCOMER_IN_TIME = 5_000
/** Links that nobody needs are looked for once a minute. */
const SWEPT = 100_000
/** What may be held afterwards that was not before: answers of DNS, other caches, code that V8 compiled. */
const HELD = 10 * 1024 * 1024
/** What the rounds after the first may add to the memory of the process: V8 and malloc keep what they needed once. */
const ADDED = 32 * 1024 * 1024
const ROUNDS = 3
/** The link to the domain that is there stays: its idle time, and an acknowledgement. */
const TIMERS_OF_A_LINK = 4

const ABSENCES: readonly Absence[] = [
  {
    name: 'NXDOMAIN',
    condition: 'remote-server-not-found',
    reason: /not found/,
    prepare: () => {}, // there is no record of it
  },
  {
    name: 'silent DNS',
    condition: 'remote-server-timeout',
    // Who came late in the line of those who are asked for learns only that it took too long.
    reason: /did not answer|was not reached within/,
    prepare: ({ dns }, domain) => {
      for (const name of [domain, `_xmpp-server._tcp.${domain}`, `_xmpps-server._tcp.${domain}`])
        dns.behaviour.set(name, { silent: true })
    },
  },
  {
    name: 'refused',
    condition: 'remote-server-timeout',
    reason: /could not be reached/,
    prepare: (network, domain, { closed }) => network.point(domain, closed),
  },
  {
    name: 'mute',
    condition: 'remote-server-timeout',
    reason: /not reached within|not established in time/,
    prepare: (network, domain, { mute }) => network.point(domain, mute),
  },
]

interface Answer {
  readonly condition: string
  readonly text: string
  /** Milliseconds. */
  readonly after: number
}

/** One for each way: an account may not have any number of domains tried (`maxUnreachedLinksPerAccount`). */
const SENDERS = ['sender0', 'sender1', 'sender2', 'sender3'] as const

/** Write to domains, and collect the errors. */
class Senders {
  readonly answers = new Map<string, Answer>()
  readonly #clients: readonly RawClient[]
  readonly #sentAt = new Map<string, number>()

  constructor(clients: readonly RawClient[]) {
    this.#clients = clients
    for (const { socket } of clients) {
      let rest = ''
      socket.removeAllListeners('data')
      socket.on('data', (text: string) => {
        rest = this.#read(rest + text)
      })
    }
  }

  send(sender: number, id: string, domain: string): void {
    this.#sentAt.set(id, performance.now())
    this.#clients[sender % this.#clients.length]?.write(
      `<message to='user@${domain}' id='${id}' type='chat'><body>${'x'.repeat(200)}</body></message>`,
    )
  }

  /** @returns what may go on with what comes next */
  #read(text: string): string {
    let end = 0
    for (const match of text.matchAll(/<message ([^>]*)>.*?<\/message>/gs)) {
      end = match.index + match[0].length
      const id = /id='([^']*)'/.exec(match[1] ?? '')?.[1] ?? ''
      assert.ok(!this.answers.has(id), `${id} is answered twice`)
      this.answers.set(id, {
        condition: /<([a-z-]+) xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/.exec(match[0])?.[1] ?? match[0],
        text: /<text [^>]*>([^<]*)</.exec(match[0])?.[1] ?? '',
        after: performance.now() - (this.#sentAt.get(id) ?? 0),
      })
    }
    return text.slice(end)
  }
}

/** Many domains that cannot be reached: whoever writes to them learns why in time, and nobody else notices. */
export async function runUnreachable(count: number): Promise<string> {
  await using network = await Network.open()
  await using mute = await muteServer()
  const ports = { closed: await freePort(), mute: mute.port }
  const options = {
    limits: { negotiationSeconds: 3, maxConnectionsPerAddress: 1000 },
    federation: { maxQueuedSeconds: QUEUED },
    // What bystanders say to one another would stay behind, and these servers keep everything in memory.
    modules: { archive: { default: 'never' } },
  }
  const server = await network.serve('a.example', [...BYSTANDERS, ...SENDERS], options)
  const healthy = await network.serve('b.example', BYSTANDERS)
  const control = await network.serve('control.example', BYSTANDERS)
  const newcomer = await network.serve('newcomer.example', ['user'])
  for (const { domain, port } of [server, healthy, newcomer]) network.point(domain, port)
  const domains = Array.from({ length: count }, (_, n) => ({
    name: `dead${n}.invalid.example`,
    absence: ABSENCES[n % ABSENCES.length] as Absence,
  }))
  for (const { name, absence } of domains) absence.prepare(network, name, ports)
  using bystanders = startBystanders(server, healthy, control)
  const clients = await Promise.all(SENDERS.map((username) => server.signIn(username)))
  for (const client of clients) await client.ping()
  const senders = new Senders(clients)
  await until(async () => (await server.process.links()).length > 0, 20_000, 'the healthy link')
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  const before = await footprintOf(server)
  await bystanders.calm(USUAL_TIME)

  let peak = before.memory
  const watch = setInterval(() => {
    peak = Math.max(peak, residentBytes(server.process.child.process.pid ?? 0))
  }, 100)
  const start = performance.now()
  const reached = meet(server, newcomer)
  reached.catch(() => {}) // awaited below, if it comes to that
  const told: string[] = []
  const rounds: Footprint[] = []
  for (let round = 0; round < ROUNDS; round++) {
    for (const [n, { name }] of domains.entries()) {
      senders.send(n, `${round}-${n}`, name)
      if (n % 10 === 9) await new Promise((resolve) => setTimeout(resolve, 10))
    }
    const all = () => senders.answers.size >= count * (round + 1)
    const missing = () => domains.filter((_, n) => !senders.answers.has(`${round}-${n}`)).length
    await until(all, IN_TIME + 5_000, 'all answers').catch((error: unknown) => {
      throw new Error(`${missing()} are not answered`, { cause: error })
    })
    told.push(judge(senders, domains, round))
    rounds.push(await footprintOf(server))
  }
  const seconds = (performance.now() - start) / 1000
  const noticed = await bystanders.verdict(BEARABLE)
  const met = await reached
  clearInterval(watch)
  for (const client of clients) client.destroy()

  const gone = async () => {
    const { sockets, links, timers } = await footprintOf(server)
    return sockets <= before.sockets + 1 && links <= before.links + 1 && timers <= before.timers + TIMERS_OF_A_LINK
  }
  await until(gone, SWEPT, 'the end of what the dead domains needed', 2_000).catch(() => {}) // told below
  const after = await footprintOf(server)
  const shown = ({ memory, heldBytes, sockets, links, timers }: typeof after) =>
    `${mebibytes(memory)}, ${mebibytes(heldBytes)} held, ${sockets} sockets, ${links} links, ${timers} timers`
  const footprint = [
    `before ${shown(before)}`,
    ...rounds.map((round, n) => `after round ${n + 1} ${shown(round)}`),
    `peak ${mebibytes(peak)}`,
    `afterwards ${shown(after)}`,
  ].join('; ')
  assert.ok(after.sockets <= before.sockets + 1, `sockets stay behind: ${footprint}`)
  assert.ok(after.links <= before.links + 1, `links stay behind: ${footprint}`)
  assert.ok(after.timers <= before.timers + TIMERS_OF_A_LINK, `timers stay behind: ${footprint}`)
  assert.ok(after.heldBytes - before.heldBytes < HELD, `memory stays behind: ${footprint}`)
  assert.ok(rounds[0])
  assert.ok(after.memory - rounds[0].memory < ADDED, `each round adds to the memory: ${footprint}`)
  assert.ok(
    met < NEWCOMER_IN_TIME,
    `a domain that is there was reached after ${met.toFixed(0)} ms; ${noticed}; ${told[0]}`,
  )
  return [
    `${ROUNDS} × ${count} messages in ${seconds.toFixed(0)} s`,
    ...told.map((text, round) => `round ${round + 1}: ${text}`),
    noticed,
    `a new domain that is there: ${met.toFixed(0)} ms`,
    footprint,
  ].join('\n     ')
}

/** Every answer is the right one; how long they took, by kind. */
function judge({ answers }: Senders, domains: readonly { readonly absence: Absence }[], round: number): string {
  const told = ABSENCES.map(({ name, condition, reason }) => {
    const own = domains.flatMap(({ absence }, n) => (absence.name === name ? [answers.get(`${round}-${n}`)] : []))
    for (const answer of own) {
      assert.ok(answer, 'answered')
      const { text } = answer
      assert.equal(answer.condition, condition, `${name}: ${text}, after ${answer.after.toFixed(0)} ms`)
      assert.match(text, reason, `${name}: ${text}, after ${answer.after.toFixed(0)} ms`)
      assert.ok(answer.after < IN_TIME, `${name}: answered after ${answer.after} ms: ${text}`)
    }
    const times = own.map((answer) => answer?.after ?? 0).sort((a, b) => a - b)
    const [half, last] = [times[Math.floor(times.length / 2)] ?? 0, times.at(-1) ?? 0]
    return `${name} ${own.length} after ${(half / 1000).toFixed(1)} s, the last ${(last / 1000).toFixed(1)} s`
  })
  return told.join(', ')
}

/** Milliseconds until a message arrives at a domain that was never spoken to. */
async function meet(server: DomainServer, newcomer: DomainServer): Promise<number> {
  const [from, to] = [await server.signIn('left', 'curious'), await newcomer.signIn('user')]
  to.write('<presence/>')
  await to.ping()
  // When the dead ones are under way.
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  const start = performance.now()
  from.write(`<message to='user@${newcomer.domain}/raw' type='chat'><body>hello</body></message>`)
  await to.take(/<body>hello<\/body>/, 60_000)
  const taken = performance.now() - start
  for (const client of [from, to]) client.destroy()
  return taken
}

/** Accepts connections and says nothing. */
async function muteServer(): Promise<{ readonly port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>()
  const listener = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.resume()
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => listener.close(resolve))
    },
  }
}
