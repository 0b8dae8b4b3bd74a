import { Closing, conformanceCase, equal, Inbox } from './conformance-kit.ts'

/** Orderly and other ends. */
export const closingCases = [
  conformanceCase(
    'end sends what is buffered, then both ends close without an error, once',
    async ({ client, server }) => {
      const atServer = new Inbox(server)
      const closings = [new Closing(client), new Closing(server)]
      const text = 'last words '.repeat(50_000)
      client.write(text)
      client.end()
      client.end()
      client.write('after the end')
      for (const closing of closings) equal(await closing.done, undefined, 'the error of an orderly close')
      equal(atServer.text, text, 'what the server received')
      client.destroy(new Error('too late'))
      await Promise.resolve()
      for (const closing of closings) equal(closing.count, 1, 'calls of onClose')
    },
  ),

  conformanceCase('what was written before the peer ended still leaves', async ({ client, server }) => {
    const [atClient, atServer] = [new Inbox(client), new Inbox(server)]
    const closing = new Closing(client)
    server.onData((chunk) => {
      server.write(`answer to ${typeof chunk === 'string' ? chunk : String.fromCharCode(...chunk)}`)
      server.end()
    })
    client.write('x')
    await closing.done
    equal(atClient.text, 'answer to x', 'what the client received')
    equal(atServer.text, '', 'what the replaced callback received')
  }),

  conformanceCase('destroy tells its error to its own end, and closes the other', async ({ client, server }) => {
    const [atClient, atServer] = [new Closing(client), new Closing(server)]
    void [new Inbox(client), new Inbox(server)]
    const error = new Error('enough')
    client.destroy(error)
    client.destroy(new Error('again'))
    equal(await atClient.done, error, 'what the destroyed end hears')
    await atServer.done
    equal(atClient.count + atServer.count, 2, 'calls of onClose')
    equal(client.bufferedBytes, 0, 'bufferedBytes after closing')
  }),

  conformanceCase('onClose set after the closing is called', async ({ client, server }) => {
    void [new Inbox(client), new Inbox(server)]
    client.end()
    await new Closing(server).done
    await new Closing(client).done
    await new Closing(client).done
    client.write('ignored')
    client.pause()
    client.resume()
  }),
]
