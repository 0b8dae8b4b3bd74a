import { test } from 'vitest'
import { createAuthority } from '../test/certificates.ts'
import { CertificateStore, connectTcp, listenTcp } from './index.ts'

const MESSAGE = `<message to="juliet@example.org/balcony" type="chat"><body>${'x'.repeat(64)}</body></message>`
const authority = await createAuthority()
const certificates = new CertificateStore([await authority.issue(['example.org'])])

/** Sends messages there and back; resolves when all have come. */
async function echo(tls: 'starttls' | 'direct'): Promise<(messages: number) => Promise<void>> {
  const listener = await listenTcp({
    ...{ host: '127.0.0.1', port: 0, tls, certificates },
    onConnection: (connection) => connection.onData((chunk) => connection.write(String(chunk))),
  })
  const { port } = listener.address
  const client = await connectTcp({ host: '127.0.0.1', port, servername: 'example.org', tls, ca: authority.pem })
  let missing = 0
  let done = () => {}
  client.onData((chunk) => {
    missing -= chunk.length
    if (missing <= 0) done()
  })
  return (messages) =>
    new Promise((resolve) => {
      missing = MESSAGE.length * messages
      done = resolve
      for (let i = 0; i < messages; i++) client.write(MESSAGE)
    })
}

const [plain, direct] = [await echo('starttls'), await echo('direct')]

test('there and back over loopback', async ({ bench }) => {
  await bench.compare(
    bench('plain, one message', () => plain(1)),
    bench('TLS, one message', () => direct(1)),
    bench('plain, 64 messages of one turn', () => plain(64)),
    bench('TLS, 64 messages of one turn', () => direct(64)),
  )
})
