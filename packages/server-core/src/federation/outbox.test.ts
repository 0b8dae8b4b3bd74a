import { CLIENT_NAMESPACE, readStanza } from '@parlour/stanza'
import { FakeEnvironment } from '@parlour/testing'
import { el } from '@parlour/xml'
import { describe, expect, it } from 'vitest'
import { silentLogger } from '../logger.ts'
import { Transaction } from '../transaction.ts'
import { Network } from './federation.fixture.ts'
import { all, message, start, tell } from './links.fixture.ts'
import { away, Mortal, mortal } from './outbox.fixture.ts'
import { Outbox } from './outbox.ts'

describe('what was acknowledged and is for another server outlives this one', () => {
  it('killed while the other one is away: sent once both are back, in order, with the time', async () => {
    const network = new Network()
    const first = await mortal(network)
    const { memory, again, juliet } = first
    await away(network, first)
    for (const body of ['1', '2', '3']) await tell(juliet, message('b.example', body))
    await tell(juliet, "<presence to='user@b.example' type='subscribe'/>")
    expect(await memory.kept()).toHaveLength(4)
    const sentAt = new Date(network.environment.now()).toISOString()
    await network.pass(3_000)
    const b = await start(network, 'b.example')
    const romeo = await b.connect()
    const second = await again()
    await network.until(() => all(romeo.heard).includes('<body>3</body>'), 'romeo hears')
    await network.pass(3_000)
    const heard = all(romeo.heard)
    expect([...heard.matchAll(/<body>(\d)<\/body>/g)].map(([, body]) => body)).toEqual(['1', '2', '3'])
    expect(heard.match(new RegExp(`<delay [^>]*stamp='${sentAt}'`, 'g'))).toHaveLength(3)
    expect(heard).toMatch(/<presence [^>]*type='subscribe'/)
    expect(await second.memory.kept()).toEqual([])
  })

  it('the same text twice is two', async () => {
    const network = new Network()
    const first = await mortal(network)
    const { again, juliet } = first
    await away(network, first)
    for (const body of ['1', '1']) await tell(juliet, message('b.example', body))
    const b = await start(network, 'b.example')
    const romeo = await b.connect()
    const second = await again()
    await network.pass(3_000)
    expect(all(romeo.heard).match(/<body>1<\/body>/g)).toHaveLength(2)
    expect(await second.memory.kept()).toEqual([])
  })

  it.each([
    ['with stream management', {}],
    ['without', { streamManagement: false }],
  ])('what the other server has confirmed is kept no longer: %s', async (_, options) => {
    const network = new Network()
    const b = await start(network, 'b.example', options)
    const { memory, again, juliet } = await mortal(network, options)
    const romeo = await b.connect()
    await tell(juliet, message('b.example', '1'))
    expect(await memory.kept()).toEqual(['1'])
    await network.until(() => romeo.heard.length > 0, 'romeo hears')
    await network.pass(3_000)
    expect(await memory.kept()).toEqual([])
    await again()
    await network.pass(3_000)
    expect(all(romeo.heard).match(/<body>/g)).toHaveLength(1)
  })

  it('what is confirmed before it is stored is removed once it is', async () => {
    const memory = new Mortal()
    const { storage } = memory
    const commit = storage.commit.bind(storage)
    const outbox = new Outbox({
      environment: new FakeEnvironment(),
      storage,
      log: silentLogger,
      commit,
      nextId: String,
      isServed: () => true,
    })
    const transaction = new Transaction()
    const from = 'juliet@a.example'
    const stanza = readStanza(el('message', CLIENT_NAMESPACE, { from, to: 'b.example' }, el('body', CLIENT_NAMESPACE)))
    const kept = outbox.note(stanza, 'text')
    if (kept) outbox.store(kept, stanza, transaction)
    outbox.over(['text'])
    await Promise.resolve()
    await transaction.commit(commit)
    for (let turn = 0; turn < 5; turn++) await Promise.resolve()
    expect(await memory.kept()).toEqual([])
    expect(outbox.has('text')).toBe(false)
  })

  it('what is over before it is stored is not stored, and of equal ones what is withdrawn is the newest', async () => {
    const { storage } = new Mortal()
    const commit = storage.commit.bind(storage)
    const parts = { environment: new FakeEnvironment(), storage, log: silentLogger, commit, isServed: () => true }
    let last = 0
    const outbox = new Outbox({ ...parts, nextId: () => String(++last) })
    const stanza = readStanza(el('message', CLIENT_NAMESPACE, { from: 'a.example', to: 'b.example' }, el('body', '')))
    const transaction = new Transaction()
    const confirmed = outbox.note(stanza, 'confirmed')
    outbox.over(['confirmed'])
    if (confirmed) outbox.store(confirmed, stanza, transaction)
    expect(transaction.isEmpty).toBe(true)
    const [sent, refused] = [outbox.note(stanza, 'equal'), outbox.note(stanza, 'equal')]
    if (sent) outbox.store(sent, stanza, transaction)
    if (refused) outbox.withdraw(refused)
    await transaction.commit(commit)
    outbox.over(['equal'])
    await Promise.resolve()
    expect(outbox.has('equal')).toBe(false)
    expect(await storage.countArchive('federation', 'a.example')).toBe(0)
  })

  it('what its sender was told will not arrive is kept no longer', async () => {
    const network = new Network()
    const { memory, juliet } = await mortal(network)
    await tell(juliet, message('b.invalid', '1'))
    await network.until(() => all(juliet.heard).includes('remote-server-not-found'), 'juliet is told')
    await network.settle()
    expect(await memory.kept()).toEqual([])
  })

  it('what is refused at once is not kept', async () => {
    const network = new Network()
    const { memory, juliet } = await mortal(network, { policy: { deny: ['b.example'] } })
    await tell(juliet, message('b.example', '1'))
    expect(all(juliet.heard)).toContain('<error')
    expect(await memory.kept()).toEqual([])
  })

  it.each([
    [
      'who is typing',
      "<message to='user@b.example'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>",
    ],
    [
      'XEP-0334 §4.3: no-store',
      "<message to='user@b.example'><body>1</body><no-store xmlns='urn:xmpp:hints'/></message>",
    ],
    ['errors', "<message to='user@b.example' type='error'><body>1</body></message>"],
    ['presence', "<presence to='user@b.example/here'/>"],
    ['requests', "<iq to='user@b.example/here' type='get' id='i'><ping xmlns='urn:xmpp:ping'/></iq>"],
  ])('not kept: %s', async (_, stanza) => {
    const { memory, juliet } = await mortal(new Network())
    await tell(juliet, stanza)
    expect(await memory.kept()).toEqual([])
  })

  it('stopped in order: what waits is sent after the restart, and not refused; what was written is not said again', async () => {
    const network = new Network()
    const b = await start(network, 'b.example')
    const { a, memory, again, juliet } = await mortal(network)
    const romeo = await b.connect()
    await tell(juliet, message('b.example', '1'))
    await network.until(() => romeo.heard.length > 0, 'romeo hears')
    await tell(juliet, message('c.example', '2'))
    juliet.look()
    const stopped = a.kernel.stop({ graceMs: 5_000 })
    await network.pass(10_000)
    await stopped
    expect(all(juliet.heard)).not.toContain('<error')
    expect(await memory.kept()).toEqual(['2'])
    const c = await start(network, 'c.example')
    const paris = await c.connect()
    await again()
    await network.until(() => paris.heard.length > 0, 'c.example hears')
    await network.pass(3_000)
    expect(all(romeo.heard).match(/<body>/g)).toHaveLength(1)
  })

  it('a removal that fails is tried again', async () => {
    const network = new Network()
    await start(network, 'b.example')
    const { memory, juliet } = await mortal(network)
    memory.failsRemoval = true
    await tell(juliet, message('b.example', '1'))
    await network.pass(3_000)
    expect(await memory.kept()).toEqual(['1'])
    memory.failsRemoval = false
    await network.pass(2_000)
    expect(await memory.kept()).toEqual([])
  })

  it('what cannot be read is told in the log, and keeps nothing else back', async () => {
    const network = new Network()
    const first = await mortal(network)
    const { memory, again, juliet } = first
    await away(network, first)
    const damaged = { archive: 'federation', owner: 'a.example', id: '0', at: 0, value: '<message' }
    await memory.inner.commit([{ type: 'append', ...damaged }])
    await tell(juliet, message('b.example', '1'))
    const b = await start(network, 'b.example')
    const romeo = await b.connect()
    const second = await again()
    await network.pass(3_000)
    expect(all(romeo.heard)).toContain('<body>1</body>')
    expect(second.a.warnings()).toContain('a stanza to another server cannot be read, and is not sent again')
    expect(await second.memory.kept()).toEqual([])
  })
})
