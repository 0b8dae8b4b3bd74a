import { createTestAuthority } from '@parlour/testing/certificates'
import { describe, expect, test } from 'vitest'
import { authority, FOR_A, faultOf, federate, receiving, verdictOn, verdictOnAccepting } from './federation.fixture.ts'
import { refused } from './refused-certificates.fixture.ts'

describe('refused of a connecting server', () => {
  test.each(refused)('%s', async (_, make, words) => {
    expect(await verdictOn(await make())).toMatch(words)
  })
  test.each(['rsa-1024', 'rsa-sha1'] as const)('with a key or signature of %s', async (algorithm) => {
    const weak = await createTestAuthority({ algorithm })
    const made = await weak.issue(FOR_A)
    expect(faultOf(made.chain, weak.pem)).toBe('a key or a signature in its chain is too weak')
  })
  test('that presents none', async () => {
    const { accepting } = await federate(undefined)
    expect(await accepting.security?.verifyPeerChain()).toBe('no certificate was presented')
    expect(accepting.security?.peerCertificateChain()).toEqual([])
  })
})

describe('refused of an accepting server, by verifyLater', () => {
  test.each(refused)('%s', async (_, make, words) => {
    const made = await make()
    expect(await verdictOnAccepting(made)).toMatch(words)
    expect(await verdictOnAccepting(made, receiving)).toMatch(words)
  })
  test('for clients only: who accepts is a server', async () => {
    const made = await authority.issue({ ...FOR_A, purposes: ['clientAuth'] })
    expect(await verdictOnAccepting(made)).toMatch(/neither serverAuth nor clientAuth/)
    expect(await verdictOnAccepting(made, receiving)).toMatch(/neither serverAuth nor clientAuth/)
  })
})

test('a chain longer than 10 is not looked at', async () => {
  const { der, ...made } = await authority.issue(FOR_A)
  const padded = { ...made, der, certificate: made.certificate.repeat(2) + authority.pem.repeat(9) }
  expect(await verdictOn(padded)).toBe('its chain of certificates is too long')
})
