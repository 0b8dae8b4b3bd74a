import { createRequire } from 'node:module'
import type { Connection } from '@parlour/transport'
import type { Element } from '@parlour/xml'
import type { StreamParser as Parser } from '@parlour/xml-stream'
import { test } from 'vitest'
import type { acceptClientStream as AcceptClientStream, StreamHost, StreamKernel } from './index.ts'

// Loaded by Node itself: the test runner's modules put a getter before each import, which costs more than the driver.
const require = createRequire(import.meta.url)
const { acceptClientStream } = require('./index.ts') as { acceptClientStream: typeof AcceptClientStream }
const { StreamParser } = require('@parlour/xml-stream') as { StreamParser: typeof Parser }

const encoder = new TextEncoder()
const HEADER = encoder.encode(
  "<stream:stream to='im.example.com' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>",
)
const AUTH = encoder.encode("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGEAYg==</auth>")
const BIND = encoder.encode("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
const MESSAGE = "<message to='romeo@example.net/orchard' type='chat' id='m1'><body>Art thou not Romeo?</body></message>"
const FOUR = encoder.encode(MESSAGE.repeat(4))

/** A connection that swallows what is written. */
class Sink implements Connection {
  readonly remoteAddress = '192.0.2.1'
  readonly security = {
    protocol: 'TLSv1.3',
    cipher: 'none',
    exporter: () => undefined,
    clientFinished: () => undefined,
    serverEndPoint: () => undefined,
    peerCertificate: () => undefined,
    peerCertificateError: () => undefined,
    peerCertificateChain: () => [],
    verifyPeerChain: async () => undefined,
  }
  readonly bufferedBytes = 0
  data: (chunk: Uint8Array | string) => void = () => {}
  onData(callback: (chunk: Uint8Array | string) => void): void {
    this.data = callback
  }
  onClose(): void {}
  onDrain(): void {}
  write(): void {}
  pause(): void {}
  resume(): void {}
  startTls = () => Promise.resolve()
  end(): void {}
  destroy(): void {}
}

/** What a session does with a stanza here: it counts. */
const seen = { stanzas: 0 }
const host: StreamHost = {
  domain: 'im.example.com',
  saslServer: () => ({
    mechanisms: ['PLAIN'],
    start: () => ({ type: 'success', mechanism: 'PLAIN', identity: 'juliet@im.example.com', username: 'juliet' }),
    respond: () => ({ type: 'failure', condition: 'malformed-request' }),
    abort: () => {},
  }),
  features: () => [],
  bind: (account) => ({
    jid: account.withResource('balcony'),
    receive: () => {
      seen.stanzas++
    },
    closed: () => {},
  }),
}
const kernel: StreamKernel = {
  environment: { now: () => 0, setTimer: () => () => {}, randomBytes: (n) => new Uint8Array(n) },
  host: () => host,
  reportError: (cause) => {
    throw cause
  },
}

function negotiate(): Sink {
  const sink = new Sink()
  acceptClientStream(sink, { inboundBurstBytes: Number.MAX_SAFE_INTEGER }, kernel)
  for (const piece of [HEADER, AUTH, HEADER, BIND]) sink.data(piece)
  return sink
}

const established = negotiate()
const parser = new StreamParser({
  header: () => {},
  element: (_: Element) => {
    seen.stanzas++
  },
  footer: () => {},
  error: () => {},
})
parser.write(HEADER)

test('four messages on an established stream', async ({ bench }) => {
  await bench.compare(
    bench('the parser alone', () => parser.write(FOUR)),
    bench('the driver: parser, then session', () => established.data(FOUR)),
  )
})

test('a stream from its header to the bound resource, without cryptography', async ({ bench }) => {
  await bench('negotiation', () => {
    negotiate()
  }).run()
})
