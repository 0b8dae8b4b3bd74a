import {
  type CertificatePurpose,
  createSelfSigned,
  createTestAuthority,
  type NameConstraints,
} from '@parlour/testing/certificates'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ago, authority, below, FOR_A, faultOf, verdictOn, verdictOnAccepting } from './federation.fixture.ts'

test('no path is accepted that OpenSSL refuses, nor the other way round', { timeout: 60_000 }, async () => {
  const sometimes = <T>(usual: T, ...others: T[]) =>
    fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) })
  const authorities = fc.record({
    pathLength: fc.constantFrom(undefined, undefined, 0, 1),
    isAuthority: sometimes(true, false),
    keyUsage: sometimes<'sign' | 'other' | 'none'>('sign', 'none', 'other'),
    notAfter: sometimes<Date | undefined>(undefined, ago(1)),
    purposes: sometimes<readonly CertificatePurpose[]>([], ['serverAuth'], ['clientAuth']),
    nameConstraints: sometimes<NameConstraints | undefined>(
      undefined,
      { permitted: ['example'] },
      { excluded: ['a.example'] },
    ),
  })
  const leaves = fc.record({
    purposes: sometimes<readonly CertificatePurpose[]>(
      ['serverAuth'],
      [],
      ['clientAuth'],
      ['clientAuth', 'serverAuth'],
    ),
    notBefore: sometimes<Date | undefined>(undefined, ago(-1)),
    domains: fc.constantFrom(['a.example'], ['b.example'], ['a.test']),
    unknownCriticalExtension: sometimes(false, true),
    withIntermediates: sometimes(true, false),
  })
  const accepted = { both: 0 }
  await fc.assert(
    fc.asyncProperty(fc.array(authorities, { maxLength: 3 }), leaves, async (above, leaf) => {
      let last = authority
      for (const options of above) last = await last.intermediate(defined(options))
      const made = await last.issue(defined(leaf))
      const fault = faultOf(made.chain, authority.pem)
      const theirs = await verdictOnAccepting(made)
      if (fault === undefined) accepted.both++
      expect([fault === undefined, fault, theirs]).toEqual([theirs === undefined, fault, theirs])
    }),
    { numRuns: 60 },
  )
  expect(accepted.both).toBeGreaterThan(5)
})

/** Without the properties that are undefined. */
function defined<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never
}

describe('a path', () => {
  test.each([
    ['no certificate', []],
    ['octets that are none', [Uint8Array.of(1, 2, 3)]],
    ['an empty one', [new Uint8Array()]],
  ])('of %s is refused', (_, chain) => {
    expect(faultOf(chain, authority.pem)).toBe('it cannot be read')
  })

  test('with any octet of any certificate changed is refused', async () => {
    const { chain } = await below({})
    expect(faultOf(chain, authority.pem)).toBeUndefined()
    const anywhere = fc.tuple(fc.nat(1), fc.nat(), fc.integer({ min: 1, max: 255 }))
    fc.assert(
      fc.property(anywhere, ([which, at, change]) => {
        const changed = chain.map((der, i) =>
          i === which ? der.map((octet, j) => (j === at % der.length ? octet ^ change : octet)) : der,
        )
        return faultOf(changed, authority.pem) !== undefined
      }),
      { numRuns: 500 },
    )
  })

  test('may be of one certificate, if that signs itself and is trusted as such', async () => {
    const made = await createSelfSigned(FOR_A)
    expect(faultOf(made.chain, made.certificate)).toBeUndefined()
    expect(await verdictOn(made, { ca: made.certificate })).toBeUndefined()
    const expired = await createSelfSigned({ ...FOR_A, notAfter: ago(1) })
    expect(faultOf(expired.chain, expired.certificate)).toBe('CERT_HAS_EXPIRED')
    const issued = await authority.issue(FOR_A)
    expect(faultOf(issued.chain, issued.certificate)).toBe('UNABLE_TO_GET_ISSUER_CERT_LOCALLY')
  })

  test('of an expired trust anchor is refused', async () => {
    const old = await createTestAuthority({ notAfter: ago(1) })
    const made = await old.issue(FOR_A)
    expect(await verdictOn(made, { ca: old.pem })).toMatch(
      /^the certificate of its authority "Test authority \d+" expired/,
    )
  })

  test('is looked for among many certificates of the same name in bounded time', async () => {
    const others = await Promise.all(Array.from({ length: 9 }, () => createTestAuthority({ commonName: 'Same' })))
    const made = await (await createTestAuthority({ commonName: 'Same' })).issue(FOR_A)
    const chain = [...made.chain, ...others.map(({ der }) => der)]
    expect(faultOf(chain, authority.pem)).toBe('SELF_SIGNED_CERT_IN_CHAIN')
  })
})
