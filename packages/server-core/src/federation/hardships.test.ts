import { parseXml } from '@parlour/xml'
import { afterEach, describe, expect, it } from 'vitest'
import { Network, Server, type ServerOptions } from './federation.fixture.ts'

const open: Server[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.kernel.stop()
})

async function start(network: Network, domain: string, options: ServerOptions = {}): Promise<Server> {
  const server = await Server.start(network, domain, options)
  open.push(server)
  return server
}

async function two(options: ServerOptions = {}, other: ServerOptions = options) {
  const network = new Network()
  const a = await start(network, 'a.example', options)
  const b = await start(network, 'b.example', other)
  return { network, a, b, juliet: await a.connect(), romeo: await b.connect() }
}

/** Two servers with a link that has carried a message. */
async function linked(options: ServerOptions = {}, other: ServerOptions = options) {
  const all = await two(options, other)
  await all.juliet.say(message('b.example', 'hello'))
  await all.network.until(() => all.romeo.heard.length > 0, 'romeo hears')
  await all.network.pass(5_000)
  all.romeo.look()
  return all
}

const message = (domain: string, body: string) =>
  `<message to='user@${domain}/here' type='chat' id='m'><body>${body}</body></message>`
const parse = (xml: string) => parseXml(xml.replace('<message', "<message xmlns='jabber:client'"))
const bodies = (heard: readonly string[]) =>
  [...heard.join('').matchAll(/<body>(\w+)<\/body>/g)].map(([, body]) => body)

const SHALLOW = {
  maxStanzaBytes: 100_000,
  maxDepth: 6,
  maxAttributes: 100,
  maxNameLength: 100,
  maxChildren: 100,
  maxNamespaceLength: 100,
}
const DEEP = `<message to='user@b.example/here' id='deep'>${'<a xmlns="x">'.repeat(8)}${'</a>'.repeat(8)}</message>`

describe('a stanza which the other server ends its stream for', () => {
  it.each([{}, { bidirectional: false }])('is answered, not sent again for ever; others go on: %j', async (options) => {
    const { network, juliet, romeo } = await linked(options, { ...options, limits: { limits: SHALLOW } })
    const heard = await juliet.say(DEEP)
    await network.pass(2_000)
    expect([...heard, ...juliet.look()].join('')).toMatch(
      /id='deep'.*<remote-server-timeout.*ended the stream with policy-violation/,
    )
    await juliet.say(message('b.example', 'after'))
    await network.pass(10_000)
    expect(bodies(romeo.look())).toEqual(['after'])
    expect(network.wires).toHaveLength(2)
    expect(juliet.look()).toEqual([])
  })

  it('on a stream that the other server opened: likewise', async () => {
    const { network, a, juliet, romeo } = await linked({}, { limits: { limits: SHALLOW } })
    await romeo.say(message('a.example', 'hello'))
    await network.pass(2_000)
    juliet.look()
    expect(a.kernel.federation?.links()[0]).toMatchObject({ bidirectional: true })
    await romeo.say(DEEP.replace('b.example', 'a.example'))
    await network.pass(2_000)
    expect(bodies(juliet.look())).toEqual([])
    await romeo.say(message('a.example', 'after'))
    await network.pass(12_000)
    expect(bodies(juliet.look())).toEqual(['after'])
  })

  it.each([
    ['on one stream both ways', {}, false],
    ['on one stream each way', { bidirectional: false }, false],
    ['on a stream that the other server opened', {}, true],
  ] as const)(
    'XEP-0198 §5: what was not acknowledged with it is sent again, once, and it alone is answered: %s',
    async (_, options, isOpenedByOther) => {
      const shallow = { ...options, limits: { limits: SHALLOW } }
      const all = isOpenedByOther ? await linked(shallow, options) : await linked(options, shallow)
      const { network } = all
      const [from, to, domain] = isOpenedByOther
        ? [all.romeo, all.juliet, 'a.example']
        : [all.juliet, all.romeo, 'b.example']
      await from.say(message(domain, 'first'))
      await network.pass(2_000)
      to.look()
      const stanzas = [message(domain, 'one'), DEEP.replace('b.example', domain), message(domain, 'two')]
      for (const stanza of [...stanzas, message(domain, 'three')]) void from.session.receive(parse(stanza))
      await network.pass(5_000)
      expect(bodies(to.look())).toEqual(['one', 'two', 'three'])
      const told = from.look().filter((text) => text.includes("type='error'"))
      expect(told).toHaveLength(1)
      expect(told[0]).toMatch(/id='deep'.*ended the stream with policy-violation/)
    },
  )

  it('of a session that is lost: what the count tells is not answered; without a count, all is that was not acknowledged', async () => {
    for (const [count, answered] of [
      [" h='2'", ['deep']],
      ['', ['deep', 'm']],
    ] as const) {
      const { network, juliet } = await linked(
        { bidirectional: false },
        { bidirectional: false, limits: { limits: SHALLOW } },
      )
      const connect = network.connect.bind(network)
      network.connect = (local, remote) => {
        const connection = connect(local, remote)
        const [onData, write] = [connection.onData.bind(connection), connection.write.bind(connection)]
        let heard: (chunk: Uint8Array | string) => void = () => {}
        connection.onData = (callback) => {
          heard = callback
          onData(callback)
        }
        connection.write = (text) =>
          text.startsWith('<resume ')
            ? queueMicrotask(() =>
                heard(
                  `<failed xmlns='urn:xmpp:sm:3'${count}><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>`,
                ),
              )
            : write(text)
        return connection
      }
      for (const stanza of [message('b.example', 'one'), DEEP, message('b.example', 'two')])
        void juliet.session.receive(parse(stanza))
      await network.pass(5_000)
      const ids = juliet.look().flatMap((text) => (text.includes("type='error'") ? [/id='(\w+)'/.exec(text)?.[1]] : []))
      expect(ids).toEqual(answered)
    }
  })

  it('by just hanging up: it is answered when its time is over', async () => {
    const { network, juliet, romeo } = await linked()
    const connect = network.connect.bind(network)
    network.connect = (local, remote) => {
      const connection = connect(local, remote)
      const write = connection.write.bind(connection)
      connection.write = (text) => (text.includes('poison') ? connection.destroy() : write(text))
      return connection
    }
    network.wires[0]?.cut()
    await network.pass(2_000)
    await juliet.say(message('b.example', 'poison'))
    await network.pass(70_000)
    expect(juliet.look().join('')).toMatch(/<remote-server-timeout.*may have arrived, within 60 s/)
    await juliet.say(message('b.example', 'after'))
    await network.pass(60_000, 5_000)
    expect(bodies(romeo.look())).toEqual(['after'])
  })
})

describe('a server that takes streams and ends them before it took a stanza', () => {
  it('is connected to less and less often', async () => {
    const { network, juliet } = await linked({ bidirectional: false })
    const before = network.wires.length
    const connect = network.connect.bind(network)
    network.connect = (local, remote) => {
      const connection = connect(local, remote)
      const write = connection.write.bind(connection)
      const wire = network.wires.at(-1)
      connection.write = (text) => {
        if (/<(enable|resume) /.test(text)) network.environment.setTimer(1_500, () => wire?.cut())
        if (!text.includes('<message') && !text.includes('<r ')) write(text)
      }
      return connection
    }
    network.wires[0]?.cut()
    await juliet.say(message('b.example', 'lost'))
    await network.pass(55_000)
    expect(network.wires.length - before).toBeLessThan(12)
  })
})

describe('a link that is stuck', () => {
  it('keeps those who write to it waiting a second, not longer', async () => {
    const { network, a, juliet } = await linked({ limits: { maxQueuedBytes: 8_000 } })
    for (const wire of network.wires) wire.silence()
    const other = await a.connect('user@a.example/other')
    for (let index = 0; index < 14; index++) void other.session.receive(parse(message('b.example', 'x'.repeat(900))))
    let isOver = false
    void Promise.resolve(juliet.session.receive(parse(message('b.example', 'y')))).then(() => {
      isOver = true
    })
    await network.pass(900, 100)
    expect(isOver).toBe(false)
    await network.pass(200, 100)
    expect(isOver).toBe(true)
  })

  it('a server that stops answers what comes later', async () => {
    const { network, a, juliet } = await linked()
    await a.kernel.stop()
    expect((await juliet.say(message('b.example', 'late'))).join('')).toMatch(
      /<remote-server-timeout.*this server stops/,
    )
    await network.settle()
  })
})

describe('a domain with many endpoints that say nothing', () => {
  it('holds the place of an attempt for little longer than one of them would', async () => {
    const { network, juliet } = await two()
    const targets = Array.from({ length: 8 }, () => ({ host: 'x', port: 5269, security: 'starttls' as const }))
    network.locate = async () => targets
    let attempts = 0
    network.listen('silent.example', () => attempts++)
    await juliet.say(message('silent.example', 'hello'))
    await network.pass(70_000, 5_000)
    expect(juliet.look().join('')).toContain('<remote-server-timeout')
    expect(attempts).toBe(1)
  })
})

describe('RFC 6121 §4.5.2: when the server stops', () => {
  it('contacts on other servers hear that its sessions end', async () => {
    const { network, a, juliet, romeo } = await linked()
    await juliet.say("<presence to='user@b.example/here'/>")
    await network.settle()
    romeo.look()
    a.kernel.opened({
      ...{ remoteAddress: '', secure: true, lang: undefined, bufferedBytes: 0 },
      send: () => {},
      destroy: () => {},
      close: () => queueMicrotask(() => juliet.session.closed()),
    })
    await a.kernel.stop()
    await network.settle()
    expect(romeo.look().join('')).toMatch(/<presence (?=[^>]*type='unavailable')[^>]*from='user@a.example\/here'/)
  })
})

describe('the time without a stanza after which a stream is closed', () => {
  it('is the same after hours of few stanzas', async () => {
    const { network, juliet } = await linked({ bidirectional: false })
    for (let round = 0; round < 20; round++) {
      await network.pass(350_000, 50_000)
      await juliet.say(message('b.example', 'hello'))
    }
    expect(network.wires).toHaveLength(1)
  })
})

describe('patterns of domains', () => {
  it.each(['xn--mnchen-3ya.example', 'MÜNCHEN.example', '*.EXAMPLE'])(
    '%s denies the domain however it is written',
    async (deny) => {
      const { juliet } = await two({ policy: { deny: [deny] } })
      expect((await juliet.say(message('münchen.example', '1'))).join('')).toContain('<not-allowed')
    },
  )
})

describe('XEP-0198 §5: what a session knows outlives more than its connection', () => {
  it('a connection that one side forgot long ago does not end the session which was resumed elsewhere', async () => {
    const { network, juliet, romeo } = await linked()
    network.wires[0]?.halfOpen()
    await juliet.say(message('b.example', 'one'))
    await network.pass(310_000, 5_000)
    await juliet.say(message('b.example', 'two'))
    await network.settle()
    network.wires[1]?.cut() // handled, and not acknowledged yet
    await network.pass(5_000)
    expect(bodies(romeo.look())).toEqual(['one', 'two'])
  })

  it('a session that was given up for another stream tells what it had handled: nothing is sent twice', async () => {
    const { network, juliet, romeo } = await linked()
    await romeo.say(message('a.example', 'hello'))
    await network.pass(2_000)
    await juliet.session.receive(parse(message('b.example', 'one')))
    await romeo.session.receive(parse(message('a.example', 'back')))
    await network.settle()
    network.wires[0]?.cut()
    const connect = network.connect.bind(network)
    network.connect = (local, remote) => {
      if (local === 'a.example') throw new Error('no way from here')
      return connect(local, remote)
    }
    await network.pass(15_000)
    network.connect = connect
    await juliet.say(message('b.example', 'two'))
    await network.pass(40_000)
    expect(bodies(romeo.look())).toEqual(['one', 'two'])
  })
})
