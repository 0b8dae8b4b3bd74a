import { test } from 'vitest'
import { clientOptions, serverOptions } from '../test/accounts.ts'
import { nodeCrypto } from '../test/node-crypto.ts'
import { decodeText, encodeText } from './bytes.ts'
import { createSaslClient, createSaslServer, SaltedPasswordCache, type SaslSuccess } from './index.ts'

/**
 * The server half of a sign-in: the target is less than 60 µs with synchronous cryptography. The nonces are fixed, so
 * that the client's messages can be made beforehand and the bench measures the server alone.
 */
function record(mechanism: 'SCRAM-SHA-1' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512-PLUS') {
  const options = serverOptions({ mechanisms: [mechanism], randomBytes: (length) => new Uint8Array(length).fill(5) })
  const offeredChannelBindings = mechanism.endsWith('-PLUS') ? ['tls-exporter'] : undefined
  const client = createSaslClient(clientOptions({ offered: [mechanism], offeredChannelBindings }))
  const first = client.start.initialResponse
  const challenge = createSaslServer(options).start(mechanism, first) as { data: Uint8Array }
  const reply = client.challenge(challenge.data) as { data: Uint8Array }
  return () => {
    const server = createSaslServer(options)
    server.start(mechanism, first)
    const end = server.respond(reply.data) as SaslSuccess
    if (end.type !== 'success') throw new Error('the sign-in failed')
  }
}

test('server half of a sign-in', async ({ bench }) => {
  const key = new Uint8Array(32)
  const message = new Uint8Array(160)
  await bench.compare(
    bench('SCRAM-SHA-1', record('SCRAM-SHA-1')),
    bench('SCRAM-SHA-256', record('SCRAM-SHA-256')),
    bench('SCRAM-SHA-512-PLUS', record('SCRAM-SHA-512-PLUS')),
    bench('only what SCRAM-SHA-256 must compute: 3 HMAC, 1 digest', () => {
      for (let count = 0; count < 3; count++) nodeCrypto.hmac('SHA-256', key, message)
      nodeCrypto.digest('SHA-256', key)
    }),
  )
})

test('client half of a sign-in, 4096 iterations', async ({ bench }) => {
  const sign = (saltedPasswords: SaltedPasswordCache | undefined) => () => {
    const client = createSaslClient(
      clientOptions({
        offered: ['SCRAM-SHA-256'],
        offeredChannelBindings: undefined,
        ...(saltedPasswords && { saltedPasswords }),
      }),
    )
    const nonce = (decodeText(client.start.initialResponse) as string).replace(/.*,r=/, '')
    client.challenge(encodeText(`r=${nonce}abc,s=QSXCR+Q6sek8bf92,i=4096`))
  }
  await bench.compare(
    bench('the first time', sign(undefined)),
    bench('with the salted password kept', sign(new SaltedPasswordCache())),
  )
})
