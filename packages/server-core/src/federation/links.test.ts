import type { Connection } from '@parlour/transport'
import { parseXml } from '@parlour/xml'
import { afterEach, describe, expect, it } from 'vitest'
import type { Guest } from '../kernel.fixture.ts'
import { Network, Server, type ServerOptions } from './federation.fixture.ts'
import { acceptServerStream } from './join.ts'

const open: Server[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.kernel.stop()
})

async function start(network: Network, domain: string, options: ServerOptions = {}): Promise<Server> {
  const server = await Server.start(network, domain, options)
  open.push(server)
  return server
}

async function one(options: ServerOptions = {}) {
  const network = new Network()
  const a = await start(network, 'a.example', options)
  return { network, a, juliet: await a.connect() }
}

async function two(options: ServerOptions = {}, other: ServerOptions = options) {
  const { network, a, juliet } = await one(options)
  const b = await start(network, 'b.example', other)
  return { network, a, b, juliet, romeo: await b.connect() }
}

/** Says a stanza; unlike `Guest.say`, leaves what is heard. */
async function tell(guest: Guest, xml: string): Promise<void> {
  await guest.session.receive(parseXml(xml.replace(/^<(\w+)/, `<$1 xmlns='jabber:client'`)))
}

const message = (domain: string, body = 'hello', type = 'chat') =>
  `<message to='user@${domain}/here' type='${type}' id='m'><body>${body}</body></message>`

/** What a client has heard, as one text. */
const all = (heard: readonly string[]) => heard.join('')

/** Answers every connection with a script: what it writes first, then what it answers to a text. */
function scripted(network: Network, domain: string, answers: readonly (readonly [RegExp, string])[]): Connection[] {
  const connections: Connection[] = []
  network.listen(domain, (connection) => {
    connections.push(connection)
    connection.onData((chunk) => {
      for (const [said, answer] of answers) if (said.test(String(chunk))) connection.write(answer)
    })
  })
  return connections
}

const streamHeader = (from: string) =>
  `<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' from='${from}' to='a.example' id='1' version='1.0'>`

describe('RFC 6120 §8.3.3: a stanza that cannot be sent is answered, with the reason', () => {
  it('remote-server-not-found: DNS knows no such domain; for a time that is known without asking again', async () => {
    const { network, a, juliet } = await one()
    await tell(juliet, message('nowhere.invalid'))
    await network.until(() => juliet.heard.length > 0, 'an answer')
    expect(all(juliet.look())).toMatch(/type='error'.*<remote-server-not-found.*no such name: nowhere\.invalid/)
    const located: string[] = []
    const locate = network.locate.bind(network)
    network.locate = (domain) => {
      located.push(domain)
      return locate(domain)
    }
    expect(all(await juliet.say(message('nowhere.invalid')))).toContain('remote-server-not-found')
    expect(located).toEqual([])
    await network.pass(1_000)
    await tell(juliet, message('nowhere.invalid'))
    await network.until(() => located.length > 0, 'it is asked again after the pause')
    expect(a.warnings()).toContain('another server is not reached')
  })

  it('remote-server-timeout: nobody listens', async () => {
    const { network, juliet } = await one()
    await tell(juliet, message('b.example'))
    await network.until(() => juliet.heard.length > 0, 'an answer')
    expect(all(juliet.look())).toMatch(/<remote-server-timeout.*nobody listens at b\.example/)
  })

  it('remote-server-timeout: the other side says nothing', async () => {
    const { network, juliet } = await one()
    scripted(network, 'b.example', [])
    await tell(juliet, message('b.example'))
    await network.pass(59_000, 10_000)
    expect(juliet.look()).toEqual([])
    await network.pass(2_000)
    expect(all(juliet.look())).toMatch(/<remote-server-timeout.*b\.example/)
  })

  it('no TLS offered: nothing is sent in plain text', async () => {
    const { network, juliet } = await one()
    scripted(network, 'b.example', [[/<stream:stream/, `${streamHeader('b.example')}<stream:features/>`]])
    await tell(juliet, message('b.example'))
    await network.until(() => juliet.heard.length > 0, 'an answer')
    expect(all(juliet.look())).toMatch(/<remote-server-timeout.*TLS is required here/)
  })

  it.each([
    ['for another domain', { names: ['c.example'] }, 'the certificate is for c.example, not for b.example'],
    ['not accepted', { names: ['b.example'], fault: 'it expired on 1 January' }, 'it expired on 1 January'],
  ])('policy verified: a certificate %s', async (_, certificate, reason) => {
    const { network, juliet } = await two({}, { certificate })
    await tell(juliet, message('b.example'))
    await network.until(() => juliet.heard.length > 0, 'an answer')
    expect(all(juliet.look())).toMatch(new RegExp(`<remote-server-timeout.*${reason}`))
  })

  it('policy encrypted: such a certificate is no hindrance', async () => {
    const { network, juliet, romeo } = await two(
      { policy: { security: 'encrypted' } },
      {
        policy: { security: 'encrypted' },
        certificate: { names: ['c.example'] },
      },
    )
    await tell(juliet, message('b.example'))
    await network.until(() => romeo.heard.length > 0, 'romeo hears')
    await tell(romeo, message('a.example'))
    await network.until(() => juliet.heard.length > 0, 'juliet hears')
  })

  it('not-allowed: a denied domain', async () => {
    const { juliet } = await one({ policy: { deny: ['*.example'] } })
    expect(all(await juliet.say(message('b.example')))).toContain('<not-allowed')
  })

  it('not-allowed: none of the allowed domains', async () => {
    const { juliet } = await one({ policy: { allow: ['c.example'] } })
    expect(all(await juliet.say(message('b.example')))).toContain('<not-allowed')
  })

  it('XEP-0478 §3: policy-violation for a stanza larger than the other side takes', async () => {
    const { network, juliet, romeo } = await two()
    const big = await start(network, 'small.example', {
      limits: {
        limits: {
          maxStanzaBytes: 10_000,
          maxDepth: 100,
          maxAttributes: 100,
          maxNameLength: 100,
          maxChildren: 100,
          maxNamespaceLength: 100,
        },
      },
    })
    await tell(juliet, message('small.example', 'é'.repeat(6_000)))
    await network.until(() => juliet.heard.length > 0, 'an answer')
    expect(all(juliet.look())).toMatch(/<policy-violation.*at most 10000 bytes/)
    expect(big.warnings()).toEqual([])
    await tell(juliet, message('b.example', 'é'.repeat(6_000)))
    await network.until(() => romeo.heard.length > 0, 'romeo hears')
  })

  it('resource-constraint: more than the queue holds', async () => {
    const { network, juliet } = await one({ limits: { maxQueuedBytes: 1_000 } })
    scripted(network, 'b.example', [])
    await tell(juliet, message('b.example', 'x'.repeat(600)))
    expect(juliet.look()).toEqual([])
    expect(all(await juliet.say(message('b.example', 'y'.repeat(600))))).toContain('<resource-constraint')
    expect(all(await juliet.say(message('c.example')))).not.toContain('<resource-constraint')
  })

  it('an error is not answered (RFC 6120 §8.3.1)', async () => {
    const { network, juliet } = await one()
    await tell(juliet, "<message to='x@nowhere.invalid' type='error'><error type='cancel'/></message>")
    await network.settle()
    expect(juliet.look()).toEqual([])
  })

  it("the other server's own errors come back", async () => {
    const { network, juliet } = await two()
    await tell(juliet, "<iq type='get' id='1' to='nobody@b.example'><q xmlns='urn:x'/></iq>")
    await network.until(() => juliet.heard.length > 0, 'an answer')
    expect(all(juliet.look())).toMatch(/from='nobody@b\.example'.*<service-unavailable/)
  })
})

describe('dialback that fails because the other server could not ask us', () => {
  const policy = { security: 'dialback' } as const

  /** Answers the next `<db:result/>` that arrives with an error, and hangs up on who asks about it. */
  function unverified(network: Network, times: number, condition: string): { asked: number } {
    const counted = { asked: 0 }
    const connect = network.connect.bind(network)
    network.connect = (local, remote) => {
      const connection = connect(local, remote)
      if (local !== 'a.example') return connection
      let heard: (chunk: Uint8Array | string) => void = () => {}
      const [onData, write] = [connection.onData.bind(connection), connection.write.bind(connection)]
      connection.onData = (callback) => {
        heard = callback
        onData(callback)
      }
      connection.write = (text) => {
        if (!text.includes('<db:result') || counted.asked >= times) return write(text)
        counted.asked++
        const error = `<error type='cancel'><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>`
        queueMicrotask(() => heard(`<db:result from='b.example' to='a.example' type='error'>${error}</db:result>`))
      }
      return connection
    }
    return counted
  }

  it.each(['remote-server-not-found', 'remote-server-timeout', 'remote-connection-failed', 'resource-constraint'])(
    'XEP-0220 §2.5 %s: it is tried again, and what waits arrives in order',
    async (condition) => {
      const { network, juliet, romeo } = await two({ policy })
      const counted = unverified(network, 2, condition)
      await tell(juliet, message('b.example', '1'))
      await tell(juliet, message('b.example', '2'))
      await network.pass(15_000)
      expect(counted.asked).toBe(2)
      expect(juliet.look()).toEqual([])
      expect(all(romeo.look()).match(/<body>\d<\/body>/g)).toEqual(['<body>1</body>', '<body>2</body>'])
    },
  )

  it('XEP-0220 §2.5: for ever: what waited is answered remote-server-timeout when its time is over', async () => {
    const { network, juliet } = await two({ policy })
    const counted = unverified(network, 1_000, 'remote-server-not-found')
    await tell(juliet, message('b.example'))
    await network.pass(58_000)
    expect(juliet.look()).toEqual([])
    expect(counted.asked).toBeGreaterThan(7)
    await network.pass(10_000)
    expect(all(juliet.look())).toMatch(/<remote-server-timeout.*within 60 s.*remote-server-not-found/)
  })

  it.each(['not-authorized', 'item-not-found', 'policy-violation', 'forbidden'])(
    'XEP-0220 §2.5 %s: a verdict, so all are answered at once, and it is asked once',
    async (condition) => {
      const { network, juliet } = await two({ policy })
      const counted = unverified(network, 1_000, condition)
      await tell(juliet, message('b.example', '1'))
      await tell(juliet, message('b.example', '2'))
      await network.until(() => juliet.heard.length >= 2, 'answers')
      expect(all(juliet.look()).match(/<remote-server-timeout/g)).toHaveLength(2)
      expect(counted.asked).toBe(1)
    },
  )
})

describe('a link that breaks', () => {
  it('the other server restarts: what is sent meanwhile waits for it, in order', async () => {
    const { network, b, juliet, romeo } = await two()
    await tell(juliet, message('b.example', '1'))
    await network.until(() => romeo.heard.length > 0, 'romeo hears')
    await network.pass(2_000)
    network.leave('b.example')
    await b.kernel.stop()
    await network.settle()
    await tell(juliet, message('b.example', '2'))
    await tell(juliet, message('b.example', '3'))
    await network.pass(3_000)
    const again = await start(network, 'b.example')
    const back = await again.connect()
    await network.pass(30_000)
    expect(all(back.look()).match(/<body>\d<\/body>/g)).toEqual(['<body>2</body>', '<body>3</body>'])
    expect(juliet.look()).toEqual([])
  })

  it('the other server comes back late: it is tried often enough while stanzas wait', async () => {
    for (let round = 0; round < 5; round++) {
      const { network, b, juliet, romeo } = await two()
      await tell(juliet, message('b.example', '1'))
      await network.until(() => romeo.heard.length > 0, 'romeo hears')
      await network.pass(2_000)
      network.leave('b.example')
      await b.kernel.stop()
      await tell(juliet, message('b.example', '2'))
      await network.pass(33_000)
      const back = await (await start(network, 'b.example')).connect()
      await network.pass(8_500)
      expect(all(back.look())).toContain('<body>2</body>')
    }
  })

  it.each([[true], [false]])(
    'the other server comes back and connects: what waits goes out at once; bidirectional: %s',
    async (bidirectional) => {
      // After a failure there is no attempt for half a minute at least.
      const limits = { firstDelay: 300_000, maxQueuedTime: 3_000_000 }
      const { network, b, juliet, romeo } = await two({ bidirectional, limits })
      await tell(juliet, message('b.example', '1'))
      await network.until(() => romeo.heard.length > 0, 'romeo hears')
      await network.pass(2_000)
      network.leave('b.example')
      for (const wire of network.wires) wire.cut()
      await tell(juliet, message('b.example', '2'))
      await network.pass(5_000)
      network.listen('b.example', (connection) => acceptServerStream(connection, b.kernel))
      await network.pass(5_000)
      expect(all(romeo.look())).not.toContain('<body>2')
      await tell(romeo, message('a.example', 'back'))
      await network.pass(2_000, 100)
      expect(all(romeo.look())).toContain('<body>2')
    },
  )

  it('the other server does not come back: what waited is answered after a minute', async () => {
    const { network, b, juliet, romeo } = await two()
    await tell(juliet, message('b.example', '1'))
    await network.until(() => romeo.heard.length > 0, 'romeo hears')
    await network.pass(2_000)
    network.leave('b.example')
    await b.kernel.stop()
    await tell(juliet, message('b.example', '2'))
    await network.pass(50_000)
    expect(juliet.look()).toEqual([])
    await network.pass(12_000)
    expect(all(juliet.look())).toMatch(/<remote-server-timeout.*was not reached within 60 s/)
  })

  it('packets are dropped without a word: the link counts as dead after a minute, and nothing is lost or doubled', async () => {
    const { network, juliet, romeo } = await two()
    await tell(juliet, message('b.example', '1'))
    await network.until(() => romeo.heard.length > 0, 'romeo hears')
    await network.pass(2_000)
    for (const wire of network.wires) wire.silence()
    await tell(juliet, message('b.example', '2'))
    await network.pass(59_000)
    expect(all(romeo.look())).not.toContain('<body>2</body>')
    await network.pass(5_000)
    expect(all(romeo.look()).match(/<body>\d<\/body>/g)).toEqual(['<body>2</body>'])
    expect(juliet.look()).toEqual([])
  })

  it.each([[true], [false]])(
    'an idle stream is closed after ten minutes, and opened again when needed; bidirectional: %s',
    async (bidirectional) => {
      const { network, a, b, juliet, romeo } = await two({ bidirectional })
      await tell(juliet, message('b.example', '1'))
      await network.until(() => romeo.heard.length > 0, 'romeo hears')
      expect(b.kernel.streams.size).toBe(1)
      await network.pass(2_000)
      await network.pass(700_000, 100_000)
      expect([a.kernel.streams.size, b.kernel.streams.size]).toEqual([0, 0])
      expect(network.wires).toHaveLength(1)
      await tell(juliet, message('b.example', '2'))
      await network.until(() => all(romeo.heard).includes('<body>2'), 'romeo hears again')
      await network.pass(100_000, 10_000)
      expect(a.kernel.federation?.links()).toContainEqual(
        expect.objectContaining({ state: 'established', managed: true }),
      )
    },
  )

  it('links that nobody needs are forgotten', async () => {
    const { network, a, juliet } = await one()
    await tell(juliet, message('nowhere.invalid'))
    await network.settle()
    expect(a.kernel.federation?.links()).toHaveLength(1)
    await network.pass(120_000, 10_000)
    expect(a.kernel.federation?.links()).toEqual([])
    expect(network.environment.pendingTimers).toBe(0)
  })
})

describe('many dead domains', () => {
  it('a thousand take no more than their share of attempts, and a living one is reached at once', async () => {
    const { network, a, juliet, romeo } = await two({ limits: { maxUnreachedLinksPerAccount: 1_000 } })
    await tell(juliet, message('b.example'))
    await network.until(() => romeo.look().length > 0, 'romeo hears')
    await network.pass(2_000)
    let connecting = 0
    const connect = network.connect.bind(network)
    network.connect = (local, remote) => {
      if (remote.startsWith('dead')) connecting++
      return connect(local, remote)
    }
    for (let number = 0; number < 1_000; number++) {
      network.listen(`dead${number}.example`, () => {})
      await tell(juliet, message(`dead${number}.example`))
    }
    await network.pass(200, 5)
    expect(connecting).toBe(80)
    for (const wire of network.wires) if (wire.to === 'b.example') wire.cut()
    await tell(juliet, message('b.example'))
    await network.pass(5, 5)
    await network.until(() => romeo.heard.length > 0, 'romeo hears')
    await network.pass(61_000, 10_000)
    expect(juliet.look().filter((text) => text.includes('<remote-server-timeout'))).toHaveLength(1_000)
    expect(a.kernel.federation?.links().every(({ queueBytes }) => queueBytes === 0)).toBe(true)
  })
})

describe('a walk to another server', () => {
  it('tells each step', async () => {
    const { a } = await two()
    const steps: string[] = []
    await a.kernel.federation?.test('a.example', 'b.example', (step) => {
      steps.push(step.step === 'done' ? `done ${step.error?.message ?? ''}` : step.step)
    })
    expect(steps).toEqual([
      'policy',
      'dns',
      'connecting',
      'connected',
      'features',
      'tls',
      'certificate',
      'features',
      'features',
      'authenticated',
      'done ',
    ])
  })

  it('tells what is wrong', async () => {
    const { a } = await two({}, { certificate: { names: ['c.example'] } })
    const steps: unknown[] = []
    await a.kernel.federation?.test('a.example', 'b.example', (step) => steps.push(step))
    expect(steps.at(-1)).toMatchObject({ step: 'done', error: { code: 'certificate' } })
  })
})
