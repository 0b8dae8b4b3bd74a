import { conformanceCase, equal, Inbox, roundTrip } from './conformance-kit.ts'

const MEGABYTE = 1_048_576

/** Order, completeness and back-pressure. */
export const flowCases = [
  conformanceCase('text arrives whole and in order, both ways', async ({ client, server }) => {
    const [atClient, atServer] = [new Inbox(client), new Inbox(server)]
    const sent = Array.from({ length: 500 }, (_, i) => `<message id="${i}">grüße 🙂</message>`)
    for (const text of sent) client.write(text)
    for (const text of sent) server.write(text)
    await atServer.expect(sent.join(''), 'what the server received')
    await atClient.expect(sent.join(''), 'what the client received')
  }),

  conformanceCase(
    'write never delivers inside the call, and text of one turn stays in order',
    async ({ client, server }) => {
      const atServer = new Inbox(server)
      client.write('a')
      client.write('b')
      equal(atServer.text, '', 'received during the call')
      await Promise.resolve()
      client.write('c')
      await atServer.expect('abc', 'what the server received')
    },
  ),

  conformanceCase('what arrives before onData is set is kept', async ({ client, server }) => {
    client.write('early')
    await roundTrip(server, client)
    await new Inbox(server).expect('early', 'what the server received')
  }),

  conformanceCase('a paused end receives nothing, and everything after resume', async ({ client, server }) => {
    const atServer = new Inbox(server)
    server.pause()
    client.write('one')
    await roundTrip(server, client)
    equal(atServer.text, '', 'received while paused')
    client.write('two')
    server.resume()
    equal(atServer.text, '', 'received inside resume')
    await atServer.expect('onetwo', 'what the server received')
  }),

  conformanceCase(
    'bufferedBytes grows while the peer does not read, and onDrain tells when it is 0',
    async ({ client, server }) => {
      const atServer = new Inbox(server)
      server.pause()
      const text = 'x'.repeat(16 * MEGABYTE)
      client.write(text)
      if (client.bufferedBytes < text.length)
        throw new Error(`bufferedBytes is ${client.bufferedBytes} of ${text.length}`)
      const drained = new Promise<void>((resolve) => client.onDrain(resolve))
      await roundTrip(server, client)
      if (client.bufferedBytes === 0) throw new Error('bufferedBytes is 0 though the peer is paused')
      server.resume()
      await drained
      equal(client.bufferedBytes, 0, 'bufferedBytes when drained')
      await atServer.expect(text, 'what the server received')
    },
  ),
]
