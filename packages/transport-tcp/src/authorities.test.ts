import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { createSelfSigned, createTestAuthority } from '@parlour/testing/certificates'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { authoritiesOf } from './authorities.ts'
import { authority, FOR_A, federate, verdictOn } from './federation.fixture.ts'
import { refused } from './refused-certificates.fixture.ts'

describe("the platform's authorities", () => {
  const before = getCACertificates('default')
  beforeAll(() => setDefaultCACertificates([...before, authority.pem]))
  afterAll(() => setDefaultCACertificates(before))
  const byDefault = { ca: [] }

  test.each([
    ['for servers only', ['serverAuth']],
    ['for clients only', ['clientAuth']],
  ] as const)('are trusted: %s', async (_, purposes) => {
    expect(await verdictOn(await authority.issue({ ...FOR_A, purposes }), byDefault)).toBeUndefined()
  })
  test.each(refused.filter(([kind]) => !kind.includes('signing')))('do not help what is %s', async (_, make, words) => {
    expect(await verdictOn(await make(), byDefault)).toMatch(words)
  })
  test('are not trusted where only those given are', async () => {
    const other = await createTestAuthority()
    const presented = await authority.issue(FOR_A)
    for (const ca of [other.pem, []]) {
      expect(await verdictOn(presented, { ca, platformAuthorities: false })).toMatch(/is not (known|trusted) here/)
      const connect = { ca, platformAuthorities: false }
      const { connecting } = await federate(presented, { connect })
      expect(await connecting.security?.verifyPeerChain()).toMatch(/is not (known|trusted) here/)
    }
    const own = await other.issue(FOR_A)
    expect(await verdictOn(own, { ca: other.pem, platformAuthorities: false })).toBeUndefined()
  })
})

describe('what is remembered of accepted chains', () => {
  test('is until the first certificate ends, for an hour at most; refused ones are not', async () => {
    const own = await createTestAuthority()
    const authorities = authoritiesOf({ ca: own.pem })
    const soon = new Date(Math.ceil(Date.now() / 1000) * 1000 + 600_000)
    await verdictOn(await own.issue({ ...FOR_A, notAfter: soon }), { ca: own.pem })
    expect([...authorities.accepted.values()]).toEqual([soon.getTime()])
    const made = await own.issue(FOR_A)
    await verdictOn(made, { ca: own.pem })
    const until = [...authorities.accepted.values()][1] ?? 0
    expect(until - Date.now()).toBeLessThanOrEqual(3_600_000)
    expect(until).toBeGreaterThan(Date.now())
    await verdictOn(made, { ca: own.pem })
    await verdictOn(await authority.issue(FOR_A), { ca: own.pem })
    expect(authorities.accepted.size).toBe(2)
  })

  test('is bounded, and the oldest is forgotten first', async () => {
    const own = await createTestAuthority()
    const { accepted } = authoritiesOf({ ca: own.pem })
    for (let i = 0; i < 1000; i++) accepted.set(`filler ${i}`, Infinity)
    await verdictOn(await own.issue(FOR_A), { ca: own.pem })
    expect([accepted.size, accepted.has('filler 0'), accepted.has('filler 1')]).toEqual([1000, false, true])
  })

  test('is nothing that has ended', async () => {
    const own = await createTestAuthority()
    const made = await createSelfSigned(FOR_A)
    const { accepted } = authoritiesOf({ ca: own.pem })
    const trusted = await own.issue(FOR_A)
    await verdictOn(trusted, { ca: own.pem })
    for (const hash of accepted.keys()) accepted.set(hash, Date.now() - 1)
    expect(await verdictOn(made, { ca: own.pem })).toMatch(/signed by itself/)
    expect(await verdictOn(trusted, { ca: own.pem })).toBeUndefined()
    expect([...accepted.values()].every((until) => until > Date.now())).toBe(true)
  })
})
