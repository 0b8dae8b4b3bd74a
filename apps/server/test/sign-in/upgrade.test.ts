import { connect } from '@parlour/client'
import { parseJid } from '@parlour/jid'
import { deriveScramCredentials } from '@parlour/sasl'
import { expect, test } from 'vitest'
import { createTestServer } from '../../src/create-test-server.ts'

const ALICE = parseJid('alice@localhost')

test('XEP-0480: who was imported with a verifier for SHA-1 only signs in by it once, then by the best there is', async () => {
  await using server = await createTestServer({
    domain: 'localhost',
    authentication: { mechanisms: ['SCRAM-SHA-512-PLUS', 'SCRAM-SHA-256-PLUS', 'SCRAM-SHA-1-PLUS', 'SCRAM-SHA-1'] },
  })
  await server.addAccount('alice@localhost', 'secret')
  const { accounts } = server.kernel
  await accounts.setCredentials(ALICE, [
    await deriveScramCredentials('secret', { hash: 'SHA-1', salt: new Uint8Array(16).fill(7), iterations: 4096 }),
  ])
  const mechanism = async (password = 'secret'): Promise<string | undefined> => {
    await using client = await connect({
      ...{ jid: ALICE, password, reconnection: false, ca: server.developmentAuthorityPem ?? '' },
      service: `127.0.0.1:${server.listeners.starttls?.address.port}`,
    })
    return client.agreement?.mechanism
  }
  await expect(mechanism('wrong')).rejects.toMatchObject({ code: 'authentication-failed' })
  expect((await accounts.find(ALICE))?.credentials('SHA-256')).toBeUndefined()
  expect(await mechanism()).toBe('SCRAM-SHA-1-PLUS')
  for (const hash of ['SHA-1', 'SHA-256', 'SHA-512'] as const)
    expect((await accounts.find(ALICE))?.credentials(hash), hash).toBeDefined()
  expect(await mechanism()).toBe('SCRAM-SHA-512-PLUS')
})
