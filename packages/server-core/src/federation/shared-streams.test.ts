import type { Connection } from '@parlour/transport'
import { afterEach, describe, expect, it } from 'vitest'
import { eventLoopTurn, Network, Server } from './federation.fixture.ts'

const open: Server[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.kernel.stop()
})

const HEADER = (from: string, to: string, id = '') =>
  `<stream:stream xmlns='jabber:server' xmlns:db='jabber:server:dialback' xmlns:stream='http://etherx.jabber.org/streams' from='${from}' to='${to}'${id} version='1.0'>`
const TLS = "xmlns='urn:ietf:params:xml:ns:xmpp-tls'"

/** Calls every key valid. */
function authoritative(network: Network, domain: string): void {
  network.listen(domain, (connection) => {
    let secure = false
    connection.onData(async (chunk) => {
      const said = String(chunk)
      const verify = /<(?:db:)?verify [^>]*>/.exec(said)?.[0]
      const [, id] = /id='([^']*)'/.exec(verify ?? '') ?? []
      const [, from] = /from='([^']*)'/.exec(verify ?? '') ?? []
      if (said.includes('<stream:stream'))
        connection.write(
          `${HEADER(domain, /from='([^']*)'/.exec(said)?.[1] ?? '', " id='1'")}<stream:features>${secure ? '' : `<starttls ${TLS}/>`}</stream:features>`,
        )
      if (said.includes('<starttls')) {
        secure = true
        connection.write(`<proceed ${TLS}/>`)
        await eventLoopTurn()
        await connection.startTls()
      }
      if (verify) connection.write(`<db:verify from='${domain}' to='${from}' id='${id}' type='valid'/>`)
    })
  })
}

async function until(heard: () => string, text: string): Promise<void> {
  for (let turn = 0; turn < 1_000; turn++) {
    if (heard().includes(text)) return
    await eventLoopTurn()
  }
  throw new Error(`never heard ${text}, but ${heard()}`)
}

/** A bidirectional stream on which `peer.example` is authenticated for two domains of the server. */
async function shared() {
  const network = new Network()
  const server = await Server.start(network, 'a.example', {
    hosts: ['a.example', 'c.example'],
    policy: { security: 'dialback' },
  })
  open.push(server)
  authoritative(network, 'peer.example')
  const connection: Connection = network.connect('peer.example', 'a.example')
  let heard = ''
  connection.onData((chunk) => {
    heard += String(chunk)
  })
  const after = async (said: string, text: string) => {
    heard = ''
    connection.write(said)
    await until(() => heard, text)
  }
  await after(HEADER('peer.example', 'a.example'), '</stream:features>')
  await after(`<starttls ${TLS}/>`, '<proceed')
  await connection.startTls()
  await after(HEADER('peer.example', 'a.example'), '</stream:features>')
  connection.write("<bidi xmlns='urn:xmpp:bidi'/>")
  await after("<db:result from='peer.example' to='a.example'>k</db:result>", "type='valid'")
  await after("<db:result from='peer.example' to='c.example'>k</db:result>", "type='valid'")
  await network.pass(2_000)
  return { network, server, connection, heard: () => heard }
}

describe('XEP-0288 with several pairs of domains on one stream', () => {
  it('what waits for one pair is not stuck or mixed with that of another when the stream breaks', async () => {
    const { network, server, connection } = await shared()
    const [juliet, nurse] = [await server.connect('user@a.example/1'), await server.connect('user@c.example/2')]
    const say = (guest: typeof juliet, id: string) =>
      guest.say(`<message to='x@peer.example' id='${id}'><body>1</body></message>`)
    await say(juliet, 'one')
    await say(nurse, 'two')
    connection.destroy()
    network.leave('peer.example')
    await network.pass(5_000)
    const told = [await say(juliet, 'three'), await say(nurse, 'four')]
    await network.pass(65_000, 5_000)
    expect([...(told[0] ?? []), ...juliet.look()].join('')).toMatch(/id='three'.*<remote-server-timeout/)
    expect([...(told[1] ?? []), ...nurse.look()].join('')).toMatch(/id='four'.*<remote-server-timeout/)
  })
})

describe('RFC 6120 §4.8.3, §4.9.3.10: a stanza in the namespace of clients on a stream between servers', () => {
  it.each([
    ["<message xmlns='jabber:client' from='x@peer.example' to='user@a.example'/>", 'invalid-namespace'],
    ["<message xmlns='urn:other' from='x@peer.example' to='user@a.example'/>", 'unsupported-stanza-type'],
  ])('%s ends it with %s', async (stanza, condition) => {
    const { connection, heard } = await shared()
    connection.write(stanza)
    await until(heard, `<${condition}`)
  })
})
