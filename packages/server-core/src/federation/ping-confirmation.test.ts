import { afterEach, describe, expect, it } from 'vitest'
import type { Guest } from '../kernel.fixture.ts'
import { Network, Server, type ServerOptions } from './federation.fixture.ts'

const open: Server[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.kernel.stop()
})

const message = (domain: string, body: string, type = 'chat') =>
  `<message to='user@${domain}/here' type='${type}' id='${body}'><body>${body}</body></message>`
const bodies = (guest: Guest) =>
  [
    ...guest
      .look()
      .join('')
      .matchAll(/<body>(\w+)<\/body>/g),
  ].map(([, body]) => body)
const errors = (guest: Guest) =>
  guest
    .look()
    .filter((text) => text.includes("type='error'"))
    .map((text) => /id='(\w+)'/.exec(text)?.[1])

/** Two servers, the second of which acknowledges nothing, and what the first one writes to its connections. */
async function unmanaged(options: ServerOptions = {}) {
  const network = new Network()
  const written: string[] = []
  const swallowed: { pattern: RegExp | undefined } = { pattern: undefined }
  const connect = network.connect.bind(network)
  network.connect = (local, remote) => {
    const connection = connect(local, remote)
    const write = connection.write.bind(connection)
    connection.write = (text) => {
      if (local === 'a.example') written.push(text)
      if (!swallowed.pattern?.test(text)) write(text)
    }
    return connection
  }
  const a = await Server.start(network, 'a.example', options)
  const b = await Server.start(network, 'b.example', { ...options, streamManagement: false })
  open.push(a, b)
  const [juliet, romeo] = [await a.connect(), await b.connect()]
  const pings = () => written.filter((text) => text.includes('urn:xmpp:ping')).length
  const reached = async () => {
    await juliet.say(message('b.example', 'hello'))
    await network.until(() => romeo.heard.length > 0, 'romeo hears')
    await network.pass(3_000)
    romeo.look()
  }
  return { network, a, b, juliet, romeo, pings, written, swallowed, reached }
}

const WAYS: readonly (readonly [string, ServerOptions])[] = [
  ['EXTERNAL, one stream both ways', {}],
  ['EXTERNAL, one stream each way', { bidirectional: false }],
  ['dialback, one stream both ways', { policy: { security: 'dialback' } }],
  ['dialback, one stream each way', { bidirectional: false, policy: { security: 'dialback' } }],
]

describe('XEP-0199 behind what is written to a server without stream management', () => {
  it.each(WAYS)('an answer confirms all that was written before: %s', async (_, options) => {
    const { network, a, juliet, romeo, pings, reached } = await unmanaged(options)
    await reached()
    expect(pings()).toBe(1)
    const pending = () => a.kernel.federation?.links()[0]?.pendingBytes
    expect(pending()).toBe(0)
    for (const number of ['1', '2', '3']) await juliet.say(message('b.example', number))
    expect(pending()).toBeGreaterThan(0)
    await network.pass(3_000)
    expect(bodies(romeo)).toEqual(['1', '2', '3'])
    expect([pings(), pending()]).toEqual([2, 0])
    for (const wire of network.wires) wire.cut()
    await network.pass(3_000)
    expect(juliet.look()).toEqual([])
  })

  it('what is written while a ping is not answered has one of its own, though nothing is written behind it', async () => {
    const { network, a, juliet, romeo, reached } = await unmanaged({ limits: { maxUnacknowledgedStanzas: 4 } })
    await reached()
    // The third is answered by a ping at once, and the last ones are written meanwhile.
    await Promise.all(['1', '2', '3', '4'].map((body) => juliet.say(message('b.example', body))))
    await network.pass(10_000)
    expect(bodies(romeo)).toEqual(['1', '2', '3', '4'])
    expect(a.kernel.federation?.links()[0]?.pendingBytes).toBe(0)
  })

  it.each(WAYS)('silent in mid-conversation: the sender is told, within half a minute: %s', async (_, options) => {
    const { network, juliet, romeo, reached } = await unmanaged(options)
    await reached()
    for (const wire of network.wires) wire.silence()
    await juliet.say(message('b.example', 'lost'))
    await juliet.say(message('b.example', 'also'))
    await network.pass(30_000)
    expect(juliet.look()).toEqual([])
    await network.pass(2_000)
    const heard = juliet.heard.join('')
    expect(heard).toMatch(/<remote-server-timeout.*may have arrived.*was lost: it has not answered a ping for 30 s/)
    expect(errors(juliet)).toEqual(['lost', 'also'])
    await juliet.say(message('b.example', 'after'))
    await network.pass(10_000)
    expect(bodies(romeo)).toEqual(['after'])
  })

  it('the bound is an option', async () => {
    const { network, juliet, reached } = await unmanaged({ limits: { pingTimeout: 5_000 } })
    await reached()
    for (const wire of network.wires) wire.silence()
    await juliet.say(message('b.example', 'lost'))
    await network.pass(7_000)
    expect(errors(juliet)).toEqual(['lost'])
  })

  it('what was confirmed before is not answered, and neither is what may not be', async () => {
    const { network, juliet, reached, swallowed } = await unmanaged()
    await reached()
    await juliet.say(message('b.example', 'arrived'))
    await network.pass(2_000)
    swallowed.pattern = /<(message|iq)/
    await juliet.say(message('b.example', 'lost'))
    await juliet.say(message('b.example', 'error', 'error'))
    await juliet.say("<iq type='result' to='user@b.example/here' id='result'/>")
    await network.pass(35_000)
    expect(errors(juliet)).toEqual(['lost'])
  })

  it('an idle link is not pinged, nor is one that only carries answers: two servers do not ping each other for ever', async () => {
    const { network, written, pings, reached, b } = await unmanaged({ bidirectional: false, streamManagement: false })
    await reached()
    const before = [written.length, b.kernel.federation?.counters.stanzasSent]
    await network.pass(300_000, 5_000)
    expect(pings()).toBe(1)
    expect([written.length, b.kernel.federation?.counters.stanzasSent]).toEqual(before)
  })

  it('there is one at a time, and at most one a second', async () => {
    const { network, juliet, pings, reached, swallowed } = await unmanaged()
    await reached()
    for (let n = 0; n < 100; n++) {
      await juliet.say(message('b.example', `n${n}`))
      await network.pass(100, 100)
    }
    expect(pings()).toBeLessThanOrEqual(1 + 10)
    swallowed.pattern = /urn:xmpp:ping/
    await network.pass(1_000)
    const before = pings()
    for (let n = 0; n < 20; n++) {
      await juliet.say(message('b.example', `n${n}`))
      await network.pass(1_000)
    }
    expect(pings() - before).toBeLessThanOrEqual(1)
  })

  it('with stream management there are none', async () => {
    const network = new Network()
    const written: string[] = []
    const connect = network.connect.bind(network)
    network.connect = (local, remote) => {
      const connection = connect(local, remote)
      const write = connection.write.bind(connection)
      connection.write = (text) => {
        written.push(text)
        write(text)
      }
      return connection
    }
    const [a, b] = [await Server.start(network, 'a.example'), await Server.start(network, 'b.example')]
    open.push(a, b)
    const juliet = await a.connect()
    await juliet.say(message('b.example', 'hello'))
    await network.pass(60_000, 5_000)
    expect(written.join('')).toContain('hello')
    expect(written.join('')).not.toContain('urn:xmpp:ping')
  })
})

describe('a server that answers no pings', () => {
  it('that never did loses its link once, and then not again', async () => {
    const { network, juliet, swallowed, romeo } = await unmanaged({ bidirectional: false })
    swallowed.pattern = /urn:xmpp:ping/
    const told: unknown[] = []
    for (let n = 0; n < 10; n++) {
      await juliet.say(message('b.example', `n${n}`))
      await network.pass(40_000, 5_000)
      told.push(...errors(juliet))
    }
    expect(bodies(romeo)).toHaveLength(10)
    expect(told).toEqual(['n0'])
    expect(network.wires).toHaveLength(2)
  })

  it('that did before is given up a few times; when it answers again, all is as it was', async () => {
    const { network, juliet, swallowed, reached } = await unmanaged({ bidirectional: false })
    await reached()
    swallowed.pattern = /urn:xmpp:ping/
    for (let n = 0; n < 10; n++) {
      await juliet.say(message('b.example', `n${n}`))
      await network.pass(40_000, 5_000)
    }
    expect(network.wires.filter(({ from }) => from === 'a.example')).toHaveLength(1 + 5)
    swallowed.pattern = undefined
    for (const wire of network.wires) wire.cut()
    await network.settle()
    juliet.look()
    await juliet.say(message('b.example', 'again'))
    await network.pass(10_000)
    for (const wire of network.wires) wire.silence()
    await juliet.say(message('b.example', 'lost'))
    await network.pass(35_000)
    expect(errors(juliet)).toEqual(['lost'])
  })
})

describe('what was not confirmed when the stream of such a server ends', () => {
  it('is answered when the connection breaks', async () => {
    const { network, juliet, reached } = await unmanaged()
    await reached()
    network.wires[0]?.silence()
    await juliet.say(message('b.example', 'perhaps'))
    network.wires[0]?.cut()
    await network.pass(2_000)
    expect(juliet.heard.join('')).toMatch(
      /<remote-server-timeout.*may have arrived: the connection to b.example was lost/,
    )
    expect(errors(juliet)).toEqual(['perhaps'])
  })

  it('is not answered when it was closed in order', async () => {
    const { network, juliet, romeo, written } = await unmanaged({ bidirectional: false, limits: { idleTimeout: 500 } })
    await juliet.say(message('b.example', 'hello'))
    await network.pass(2_000, 100)
    expect(bodies(romeo)).toEqual(['hello'])
    expect(written.at(-1)).toContain('</stream:stream>')
    expect(juliet.look()).toEqual([])
  })

  it('more than may be unconfirmed is not written: it waits, and goes another way when the stream is dead', async () => {
    const { network, juliet, romeo, reached } = await unmanaged({ limits: { maxUnacknowledgedStanzas: 3 } })
    await reached()
    for (const wire of network.wires) wire.silence()
    for (const body of ['one', 'two', 'three', 'four', 'five']) await juliet.say(message('b.example', body))
    await network.pass(40_000)
    expect(errors(juliet)).toEqual(['one', 'two', 'three'])
    expect(bodies(romeo)).toEqual(['four', 'five'])
  })

  it('many at once: pings follow before the bound is reached, and nobody waits for the delay', async () => {
    const { network, juliet, romeo, reached } = await unmanaged({ limits: { maxUnacknowledgedStanzas: 4 } })
    await reached()
    const all = Array.from({ length: 50 }, (_, n) => `n${n}`)
    const before = network.environment.now()
    for (const body of all) await juliet.say(message('b.example', body))
    await network.until(() => romeo.heard.length >= 50, 'romeo hears all')
    expect(network.environment.now()).toBe(before)
    expect(bodies(romeo)).toEqual(all)
  })

  it('a server that answers no pings gets all of it', async () => {
    const limits = { maxUnacknowledgedStanzas: 3, pingTimeout: 5_000 }
    const { network, juliet, romeo, swallowed } = await unmanaged({ limits })
    swallowed.pattern = /urn:xmpp:ping/
    await juliet.say(message('b.example', 'lost'))
    await network.pass(10_000)
    juliet.look()
    romeo.look()
    const all = Array.from({ length: 10 }, (_, n) => `n${n}`)
    for (const body of all) await juliet.say(message('b.example', body))
    await network.pass(20_000)
    expect(bodies(romeo)).toEqual(all)
    expect(juliet.look()).toEqual([])
  })
})
