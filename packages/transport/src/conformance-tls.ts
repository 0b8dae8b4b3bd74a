import { Closing, conformanceCase, equal, Inbox, roundTrip } from './conformance-kit.ts'
import type { Connection } from './connection.ts'
import { TransportError } from './transport-error.ts'

const bytes = (value: Uint8Array | undefined) => value && Array.from(value).join(' ')

/** As in a negotiation: each end calls startTls in the turn in which `<proceed/>` is written or read. */
async function negotiate(client: Connection, server: Connection, meanwhile?: () => void): Promise<Inbox> {
  const inbox = new Inbox(server)
  const atServer = inbox.expect('<starttls/>', 'in plain text').then(() => {
    server.write('<proceed/>')
    return server.startTls()
  })
  const atClient = new Inbox(client).expect('<proceed/>', 'in plain text').then(() => {
    const secured = client.startTls()
    meanwhile?.()
    return secured
  })
  client.write('<starttls/>')
  await Promise.all([atServer, atClient])
  return inbox
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}

/** STARTTLS (RFC 6120 §5) as far as the transport has to do with it. */
export const tlsCases = [
  conformanceCase(
    'startTls secures both ends, with the same channel bindings (RFC 9266 §2, RFC 5929 §4)',
    async ({ client, server }) => {
      equal(client.security ?? server.security, undefined, 'security before')
      await negotiate(client, server)
      const [c, s] = [client.security, server.security]
      if (!c || !s) throw new Error('security is undefined after startTls')
      equal(c.protocol, s.protocol, 'protocol')
      const exported = bytes(c.exporter('EXPORTER-Channel-Binding', 32))
      equal(exported, bytes(s.exporter('EXPORTER-Channel-Binding', 32)), 'exported keying material')
      if (exported === bytes(c.exporter('EXPORTER-Other', 32))) throw new Error('the exporter ignores its label')
      equal(bytes(c.serverEndPoint()), bytes(s.serverEndPoint()), 'hash of the server certificate')
      const [atClient, atServer] = [new Inbox(client), new Inbox(server)]
      client.write('<stream/>')
      await atServer.expect('<stream/>', 'what the server received')
      server.write('<features/>')
      await atClient.expect('<features/>', 'what the client received')
    },
    true,
  ),

  conformanceCase(
    'a client that presents no certificate has no chain, and is not accepted as a server (XEP-0178 §3)',
    async ({ client, server }) => {
      await negotiate(client, server)
      const { security } = server
      equal(security?.peerCertificateChain().length, 0, 'certificates that were presented')
      equal(security?.peerCertificate(), undefined, 'the certificate that was presented')
      equal(await security?.verifyPeerChain(), 'no certificate was presented', 'why it is not accepted')
    },
    true,
  ),

  conformanceCase(
    'text written during the handshake leaves after it',
    async ({ client, server }) => {
      const atServer = await negotiate(client, server, () => client.write('secret'))
      await atServer.expect('<starttls/>secret', 'what the server received')
    },
    true,
  ),

  conformanceCase(
    'text received in plain before the handshake is never delivered after it (RFC 6120 §5.4.3.3)',
    async ({ client, server }) => {
      let received = ''
      const ends = [new Closing(client), new Closing(server)]
      const tried = new Promise<void>((resolve) => {
        server.onData((chunk) => {
          received += typeof chunk === 'string' ? chunk : String.fromCharCode(...chunk)
          if (received !== 's') return
          void failureOf(server.startTls()).then(() => resolve())
          client.write('<injected/>')
          void failureOf(client.startTls())
        })
      })
      client.onData(() => {})
      client.write('s')
      await tried
      client.end()
      await Promise.all(ends.map((end) => end.done))
      equal(received, 's', 'what the server received')
    },
    true,
  ),

  conformanceCase(
    'startTls fails, and the connection closes, when the peer speaks no TLS',
    async ({ client, server }) => {
      const closing = new Closing(server)
      const tried = new Promise<unknown>((resolve) => {
        new Inbox(server).expect('<starttls/>', 'in plain text').then(() => {
          resolve(failureOf(server.startTls()))
          client.write('<presence/> this is no ClientHello')
        }, resolve)
      })
      client.onData(() => {})
      client.write('<starttls/>')
      const error = await tried
      if (!(error instanceof TransportError)) throw new Error(`rejected with ${error}, not a TransportError`)
      equal(await closing.done, error, 'what onClose hears')
    },
    true,
  ),

  conformanceCase(
    'startTls is refused twice and after closing, and fails when the peer leaves',
    async ({ client, server }) => {
      const closing = new Closing(client)
      new Inbox(server)
      client.onData(() => {})
      const first = failureOf(client.startTls())
      const second = await failureOf(client.startTls())
      if (!(second instanceof TransportError)) throw new Error('a second startTls was accepted')
      server.destroy()
      if (!((await first) instanceof TransportError)) throw new Error('startTls did not fail when the peer left')
      await closing.done
      const third = await failureOf(client.startTls())
      if (!(third instanceof TransportError)) throw new Error('startTls was accepted after closing')
      equal(third.code, 'closed', 'the code')
    },
    true,
  ),

  conformanceCase(
    'a paused end stays paused across startTls',
    async ({ client, server }) => {
      await negotiate(client, server)
      const atServer = new Inbox(server)
      server.pause()
      client.write('later')
      await roundTrip(server, client)
      equal(atServer.text, '', 'received while paused')
      server.resume()
      await atServer.expect('later', 'what the server received')
    },
    true,
  ),
]
