import { createHash } from 'node:crypto'
import { CLIENT_NAMESPACE, readStanza } from '@parlour/stanza'
import { createMemoryStorage, StorageError, type Write } from '@parlour/storage'
import { FakeEnvironment, ScriptedPeer } from '@parlour/testing'
import { createMemoryPair } from '@parlour/transport'
import { el } from '@parlour/xml'
import { describe, expect, it } from 'vitest'
import { acceptComponentStream, serveComponents } from '../component/index.ts'
import type { Kernel } from '../kernel.ts'
import { silentLogger } from '../logger.ts'
import { Transaction } from '../transaction.ts'
import { eventLoopTurn, Network, type ServerOptions } from './federation.fixture.ts'
import { all, message, start, tell } from './links.fixture.ts'
import { away, Mortal, mortal } from './outbox.fixture.ts'
import { Outbox } from './outbox.ts'

/** What clients of it have heard, in the order of their bodies. */
const bodies = (heard: readonly string[]) => [...all(heard).matchAll(/<body>(\w+)<\/body>/g)].map(([, body]) => body)

const GATE = 'gate.a.example'
const withGate = (kernel: Kernel) =>
  serveComponents(kernel, { components: [{ domain: GATE, secret: 's' }], log: silentLogger })

async function connectGate(components: ReturnType<typeof withGate>): Promise<ScriptedPeer> {
  const [connection, server] = createMemoryPair()
  acceptComponentStream(server, {}, components)
  const gate = new ScriptedPeer(connection)
  const start = "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'"
  gate.send(`${start} to='${GATE}'>`)
  await gate.expectUntil(`${start} from='${GATE}' id='{id}' xml:lang='en'>`)
  const secret = `${gate.captures.get('id')}s`
  gate.send(`<handshake>${createHash('sha1').update(secret).digest('hex')}</handshake>`)
  await gate.expect('<handshake/>')
  return gate
}

/** An outbox by itself, that keeps `count` stanzas, and a commit of its own. */
async function outboxOf(count: number, commit: (writes: readonly Write[]) => Promise<void>) {
  const environment = new FakeEnvironment()
  let last = 0
  const nextId = () => String(++last).padStart(6, '0')
  const outbox = new Outbox({
    environment,
    storage: createMemoryStorage(),
    log: silentLogger,
    commit,
    nextId,
    isServed: () => true,
  })
  const body = el('body', CLIENT_NAMESPACE)
  const stanza = readStanza(el('message', CLIENT_NAMESPACE, { from: 'user@a.example', to: 'b.example' }, body))
  const texts = Array.from({ length: count }, (_, number) => String(number))
  const transaction = new Transaction()
  for (const text of texts) {
    const kept = outbox.note(stanza, text)
    if (kept) outbox.store(kept, stanza, transaction)
  }
  await transaction.commit(commit).catch(() => undefined) // what was to be stored fails for some
  return { outbox, environment, texts }
}

async function nineWaiting(network: Network, limits: NonNullable<ServerOptions['limits']>) {
  const first = await mortal(network, { limits })
  await away(network, first)
  const numbers = ['1', '2', '3', '4', '5', '6', '7', '8', '9']
  for (const number of numbers) await tell(first.juliet, message('b.example', number))
  return { again: first.again, numbers }
}

describe('the end of what is kept for other servers', () => {
  it('a server that confirms nothing at all: what is written to it is not kept for ever', async () => {
    const network = new Network()
    const connect = network.connect.bind(network)
    network.connect = (local, remote) => {
      const connection = connect(local, remote)
      const write = connection.write.bind(connection)
      connection.write = (text) => (text.includes('urn:xmpp:ping') ? undefined : write(text))
      return connection
    }
    const options = { streamManagement: false, limits: { pingTimeout: 5_000 } }
    const { memory, juliet } = await mortal(network, options)
    const b = await start(network, 'b.example', options)
    const romeo = await b.connect()
    for (let count = 0; count < 3; count++) {
      await tell(juliet, message('b.example', String(count)))
      await network.pass(7_000)
    }
    expect(bodies(romeo.heard)).toEqual(['0', '1', '2'])
    await tell(juliet, message('b.example', '3'))
    await network.pass(1_000)
    expect(await memory.kept()).toEqual([])
  })

  it('very many that are confirmed at once: removed in pieces that a storage takes', async () => {
    const { inner: storage } = new Mortal()
    const { outbox, texts } = await outboxOf(1_500, (writes) => storage.commit(writes))
    outbox.over(texts)
    await eventLoopTurn()
    expect(await storage.countArchive('federation', 'a.example')).toBe(0)
  })

  it('still more, when the storage is back after a failure', async () => {
    let fails = false
    const removed = new Set<string>()
    const { outbox, environment, texts } = await outboxOf(150_000, (writes) => {
      if (fails) return Promise.reject(new StorageError('unavailable', 'gone'))
      for (const write of writes)
        if (write.type === 'remove' && 'ids' in write) for (const id of write.ids) removed.add(id)
      return Promise.resolve()
    })
    fails = true
    outbox.over(texts)
    await eventLoopTurn()
    expect(removed.size).toBe(0)
    fails = false
    environment.advance(2_000)
    await eventLoopTurn()
    expect(removed.size).toBe(150_000)
  })

  it.each([
    ['full', 0],
    ['unavailable', 1],
  ] as const)(
    'what could not be stored is answered, and removed only where it may be there after all: %s',
    async (code, count) => {
      let removed = 0
      let fails = true
      const commit = (writes: readonly Write[]) => {
        if (fails) return Promise.reject(new StorageError(code, 'not now'))
        removed += writes.filter(({ type }) => type === 'remove').length
        return Promise.resolve()
      }
      const { outbox, texts } = await outboxOf(1, commit)
      fails = false
      outbox.over(texts)
      await eventLoopTurn()
      expect(removed).toBe(count)
    },
  )

  it('what is kept in this life is not sent again by the start', async () => {
    const network = new Network()
    const first = await mortal(network)
    const { a, juliet } = first
    await away(network, first)
    await tell(juliet, message('b.example', '1'))
    await a.kernel.federation?.restore(['a.example'])
    const b = await start(network, 'b.example')
    const romeo = await b.connect()
    await network.pass(10_000)
    expect(bodies(romeo.heard)).toEqual(['1'])
  })

  it('what cannot be read at the start does not prevent it, and is sent when it can be read', async () => {
    const network = new Network()
    const first = await mortal(network)
    const { again, juliet, memory } = first
    await away(network, first)
    await tell(juliet, message('b.example', '1'))
    memory.failsReading = true
    const second = await again()
    await network.pass(30_000)
    expect(second.a.errors()).toEqual(['what waited for other servers cannot be read'])
    expect(await second.memory.kept()).toEqual(['1'])
    const b = await start(network, 'b.example')
    const romeo = await b.connect()
    second.memory.failsReading = false
    await network.pass(20_000)
    expect(bodies(romeo.heard)).toEqual(['1'])
  })

  it('more than one link may hold is sent again, for it was accepted', async () => {
    const network = new Network()
    const limits = { maxQueuedBytes: 1_200 }
    const { again, numbers } = await nineWaiting(network, limits)
    const b = await start(network, 'b.example')
    const romeo = await b.connect()
    await again()
    await network.pass(10_000)
    expect(bodies(romeo.heard)).toEqual(numbers)
  })

  it('more than all links may hold is sent when there is room', async () => {
    const network = new Network()
    const limits = { maxTotalQueuedBytes: 1_200 }
    const { again, numbers } = await nineWaiting(network, limits)
    const second = await again()
    expect(second.a.kernel.federation?.links()[0]?.queueBytes).toBeLessThanOrEqual(1_200)
    expect(await second.memory.kept()).toEqual(numbers)
    const b = await start(network, 'b.example')
    const romeo = await b.connect()
    await network.pass(60_000)
    expect(bodies(romeo.heard)).toEqual(numbers)
    expect(await second.memory.kept()).toEqual([])
    expect(second.a.warnings().filter((line) => line.startsWith('too much waits for other servers'))).toHaveLength(1)
  })

  it('what a component sent is sent again once the component is served', async () => {
    const network = new Network()
    network.certify(GATE, { names: [GATE] })
    const first = await mortal(network)
    const there = await start(network, 'b.example')
    const gate = await connectGate(withGate(first.a.kernel))
    const say = (body: string) =>
      gate.send(`<message from='nurse@${GATE}' to='user@b.example/here'><body>${body}</body></message>`)
    say('0')
    await network.pass(5_000)
    network.leave('b.example')
    await there.kernel.stop()
    await network.settle()
    say('1')
    await network.settle()
    expect(await first.memory.kept(GATE)).toEqual(['1'])
    const b = await start(network, 'b.example')
    const romeo = await b.connect()
    const second = await first.again()
    withGate(second.a.kernel)
    await network.pass(10_000)
    expect(bodies(romeo.heard)).toEqual(['1'])
    expect(await second.memory.kept(GATE)).toEqual([])
  })

  it.each([
    ['with stream management', {}],
    ['without', { streamManagement: false }],
  ])(
    'stopped in order while the other server is dead without a word: what was written is kept: %s',
    async (_, options) => {
      const network = new Network()
      const b = await start(network, 'b.example', options)
      const { a, memory, juliet } = await mortal(network, options)
      const romeo = await b.connect()
      await tell(juliet, message('b.example', '0'))
      await network.until(() => romeo.heard.length > 0, 'romeo hears')
      await network.pass(3_000)
      for (const wire of network.wires) wire.silence()
      await tell(juliet, message('b.example', '1'))
      const stopped = a.kernel.stop({ graceMs: 5_000 })
      await network.pass(10_000)
      await stopped
      expect(await memory.kept()).toEqual(['1'])
    },
  )

  it.each([
    ['with stream management', {}],
    ['without', { streamManagement: false }],
  ])('stopped in order: what was written is confirmed before, and not said again: %s', async (_, options) => {
    const network = new Network()
    const b = await start(network, 'b.example', options)
    const { a, memory, juliet } = await mortal(network, options)
    const romeo = await b.connect()
    await tell(juliet, message('b.example', '1'))
    await network.until(() => romeo.heard.length > 0, 'romeo hears')
    expect(await memory.kept()).toEqual(['1'])
    const stopped = a.kernel.stop({ graceMs: 5_000 })
    await network.settle()
    await network.pass(10_000)
    await stopped
    expect(await memory.kept()).toEqual([])
  })
})
