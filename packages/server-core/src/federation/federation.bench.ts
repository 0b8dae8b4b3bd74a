import { parseXml } from '@parlour/xml'
import { test } from 'vitest'
import { Network, Server } from './federation.fixture.ts'

const MESSAGES = 500

/** Two servers with a link that stands, and what it takes to send messages over it. */
async function linked(streamManagement: boolean): Promise<() => Promise<void>> {
  const network = new Network()
  const a = await Server.start(network, 'a.example', { streamManagement })
  const b = await Server.start(network, 'b.example', { streamManagement })
  const [juliet, romeo] = [await a.connect(), await b.connect()]
  const message = "<message to='user@b.example/here' type='chat' id='m'><body>hello</body></message>"
  const element = parseXml(message.replace('<message', "<message xmlns='jabber:client'"))
  let [sent, heard] = [0, 0]
  return async () => {
    // Counted over all runs: they may overlap.
    sent += MESSAGES
    const until = sent
    for (let index = 0; index < MESSAGES; index++) void juliet.session.receive(element)
    await network.until(() => {
      heard += romeo.look().length
      return heard >= until
    }, 'all messages')
    network.environment.advance(1_000) // otherwise the limit of bytes a second is reached
  }
}

test(`${MESSAGES} messages from a client to another server's client`, async ({ bench }) => {
  const [managed, plain] = [await linked(true), await linked(false)]
  await bench.compare(
    bench('acknowledged (XEP-0198)', () => managed()),
    bench('not acknowledged', () => plain()),
  )
})
