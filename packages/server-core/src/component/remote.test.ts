import { createHash } from 'node:crypto'
import { ScriptedPeer } from '@parlour/testing'
import { createMemoryPair } from '@parlour/transport'
import { expect, test } from 'vitest'
import { Network, Server } from '../federation/federation.fixture.ts'
import { acceptServerStream } from '../federation/index.ts'
import { silentLogger } from '../logger.ts'
import { acceptComponentStream, serveComponents } from './index.ts'

const DOMAIN = 'gate.a.example'

test('a component and the users of other servers reach each other, under a certificate for its domain', async () => {
  const network = new Network()
  const [a, b] = [await Server.start(network, 'a.example'), await Server.start(network, 'b.example')]
  network.certify(DOMAIN, { names: [DOMAIN] })
  network.listen(DOMAIN, (connection) => acceptServerStream(connection, a.kernel))
  const components = serveComponents(a.kernel, { components: [{ domain: DOMAIN, secret: 's' }], log: silentLogger })
  const romeo = await b.connect()

  const [connection, server] = createMemoryPair()
  acceptComponentStream(server, {}, components)
  const gate = new ScriptedPeer(connection)
  gate.send(
    `<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='${DOMAIN}'>`,
  )
  await gate.expectUntil(
    `<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' from='${DOMAIN}' id='{id}' xml:lang='en'>`,
  )
  gate.send(
    `<handshake>${createHash('sha1')
      .update(`${gate.captures.get('id')}s`)
      .digest('hex')}</handshake>`,
  )
  await gate.expect('<handshake/>')

  gate.send(`<message from='nurse@${DOMAIN}' to='user@b.example/here'><body>Anon!</body></message>`)
  await network.until(() => romeo.heard.length > 0, 'romeo hears')
  expect(romeo.look()).toEqual([
    `<message from='nurse@${DOMAIN}' to='user@b.example/here'><body>Anon!</body></message>`,
  ])
  await romeo.say(`<message to='nurse@${DOMAIN}'><body>What says he?</body></message>`)
  await gate.expect(`<message to='nurse@${DOMAIN}' from='user@b.example/here'><body>What says he?</body></message>`)
  gate.send(`<message id='1' from='nurse@${DOMAIN}' to='user@nowhere.invalid'><body/></message>`)
  await gate.expectUntil("<remote-server-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>")
  expect(a.kernel.federation?.links().map(({ local, remote }) => `${local} ${remote}`)).toContain(`${DOMAIN} b.example`)
  await Promise.all([a.kernel.stop(), b.kernel.stop()])
})
