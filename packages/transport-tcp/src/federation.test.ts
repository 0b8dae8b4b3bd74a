import { connect as connectTls, createServer, getCACertificates, setDefaultCACertificates } from 'node:tls'
import {
  type AuthorityOptions,
  type CertificatePurpose,
  createSelfSigned,
  createTestAuthority,
  type IssueOptions,
  type NameConstraints,
  type TestAuthority,
  type TestCertificate,
} from '@parlour/testing/certificates'
import { certificateNames, certificateVerdict } from '@parlour/tls-negotiation'
import type { Connection } from '@parlour/transport'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { authoritiesOf } from './authorities.ts'
import { CertificateStore, type ConnectOptions, connectTcp, type ListenOptions, listenTcp } from './index.ts'
import { chainFault } from './path-building.ts'
import { PURPOSE } from './path-validation.ts'

const DAY = 86_400_000
const ago = (days: number) => new Date(Date.now() - days * DAY)

const FOR_A: IssueOptions = { domains: ['a.example'] }

let authority: TestAuthority
let receiving: TestCertificate
beforeAll(async () => {
  authority = await createTestAuthority({ commonName: 'The authority' })
  receiving = await authority.issue({ domains: ['receiving.example'] })
})

const opened: (() => unknown)[] = []
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close()
})

const store = ({ certificate, key }: TestCertificate) => new CertificateStore([{ certificate, key }])

interface Ends {
  readonly connecting: Connection
  readonly accepting: Connection
}

/** Two servers connected: what the connecting one presents, and how either trusts. */
async function federate(
  presented: TestCertificate | undefined,
  options: { listen?: Partial<ListenOptions>; connect?: Partial<ConnectOptions>; accepting?: TestCertificate } = {},
): Promise<Ends> {
  let accept: (connection: Connection) => void = () => {}
  const accepted = new Promise<Connection>((resolve) => {
    accept = resolve
  })
  const listener = await listenTcp({
    host: '127.0.0.1',
    port: 0,
    tls: 'direct',
    alpn: ['xmpp-server'],
    certificates: store(options.accepting ?? receiving),
    requestCertificate: true,
    ca: authority.pem,
    onConnection: accept,
    ...options.listen,
  })
  opened.push(() => listener.close())
  const connecting = await connectTcp({
    host: '127.0.0.1',
    port: listener.address.port,
    servername: 'receiving.example',
    tls: 'direct',
    alpn: ['xmpp-server'],
    verifyLater: true,
    ca: authority.pem,
    ...(presented ? { certificates: store(presented) } : {}),
    ...options.connect,
  })
  opened.push(() => connecting.destroy())
  const accepting = await accepted
  opened.push(() => accepting.destroy())
  return { connecting, accepting }
}

/** What the accepting server says of what the connecting one presents. */
async function verdictOn(presented: TestCertificate | undefined, listen: Partial<ListenOptions> = {}) {
  const { accepting } = await federate(presented, { listen })
  return accepting.security?.verifyPeerChain()
}

test.each(['direct', 'starttls'] as const)('%s: both servers verify each other', async (tls) => {
  const own = await authority.issue({ domains: ['connecting.example'] })
  const { connecting, accepting } = await federate(own, { listen: { tls }, connect: { tls } })
  if (tls === 'starttls') await Promise.all([accepting.startTls(), connecting.startTls()])
  const [ours, theirs] = [connecting.security, accepting.security]
  expect([await ours?.verifyPeerChain(), await theirs?.verifyPeerChain()]).toEqual([undefined, undefined])
  expect(theirs?.peerCertificateChain().map(Buffer.from)).toEqual(own.chain.map(Buffer.from))
  expect(ours?.peerCertificateChain().map(Buffer.from)).toEqual(receiving.chain.map(Buffer.from))
  expect([ours?.alpn, theirs?.alpn]).toEqual(tls === 'direct' ? ['xmpp-server', 'xmpp-server'] : [undefined, undefined])
})

describe('accepted from a connecting server', () => {
  test.each([
    ['serverAuth only, as of public authorities', ['serverAuth']],
    ['clientAuth only', ['clientAuth']],
    ['both', ['serverAuth', 'clientAuth']],
    ['no extendedKeyUsage', []],
  ] as const)('%s', async (_, purposes) => {
    expect(await verdictOn(await authority.issue({ domains: ['a.example'], purposes }))).toBeUndefined()
  })
  test.each(['ecdsa-p384', 'ed25519', 'rsa-2048', 'rsa-pss'] as const)('a key of %s', async (algorithm) => {
    expect(await verdictOn(await authority.issue({ domains: ['a.example'], algorithm }))).toBeUndefined()
  })
})

/** What a connecting server presents, and what the accepting one says of it. */
const refused: readonly [string, () => Promise<TestCertificate>, RegExp][] = [
  [
    'expired',
    () => authority.issue({ ...FOR_A, notAfter: ago(1) }),
    /^the certificate expired on \d{4}-\d\d-\d\dT[\d:]+Z$/,
  ],
  [
    'not yet valid',
    () => authority.issue({ ...FOR_A, notBefore: ago(-1) }),
    /^the certificate is not valid before \d{4}-/,
  ],
  [
    'of an authority that is not trusted, without it',
    async () => (await createTestAuthority({ commonName: 'Other' })).issue(FOR_A),
    /^its issuer "Other" is not known here, or an intermediate certificate is missing$/,
  ],
  [
    'of an authority that is not trusted, with it',
    async () => {
      const other = await createTestAuthority({ commonName: 'Other' })
      const { key, certificate, ...made } = await other.issue(FOR_A)
      return { ...made, key, certificate: certificate + other.pem }
    },
    /^its authority "Other" is not trusted here$/,
  ],
  [
    'signed by itself',
    () => createSelfSigned(FOR_A),
    /^the certificate is signed by itself, not by a trusted authority$/,
  ],
  [
    'signed with the key of another authority of the same name',
    async () => (await createTestAuthority({ commonName: 'The authority' })).issue(FOR_A),
    /^its issuer "The authority" is not known here/,
  ],
  [
    'without its intermediate certificate',
    () => below({}, { withIntermediates: false }),
    /^its issuer "Below" is not known here/,
  ],
  [
    'for signing code only',
    () => authority.issue({ ...FOR_A, purposes: ['codeSigning'] }),
    /neither serverAuth nor clientAuth/,
  ],
  [
    'for signing code, and expired',
    () => authority.issue({ ...FOR_A, purposes: ['codeSigning'], notAfter: ago(1) }),
    /^the certificate expired/,
  ],
  ['for servers, and expired', () => authority.issue({ ...FOR_A, notAfter: ago(1) }), /^the certificate expired/],
  [
    'for signing code, and of an authority that is not trusted',
    async () => (await createTestAuthority()).issue({ ...FOR_A, purposes: ['codeSigning'] }),
    /is not known here|neither serverAuth/,
  ],
  [
    'with an intermediate certificate for signing code only',
    () => below({ purposes: ['codeSigning'] }),
    /or one above it may not sign for that/,
  ],
  [
    'with an expired intermediate certificate',
    () => below({ notAfter: ago(1) }),
    /^the certificate of its authority "Below" expired on/,
  ],
  [
    'with an intermediate certificate not yet valid',
    () => below({ notBefore: ago(-1) }),
    /^the certificate of its authority "Below" is not valid before/,
  ],
  [
    'with more authorities than the path length allows (RFC 5280 §4.2.1.9)',
    async () => {
      const first = await authority.intermediate({ pathLength: 0 })
      return (await first.intermediate()).issue(FOR_A)
    },
    /^more authorities are in its chain than one of them allows$/,
  ],
  [
    'with an intermediate that is no authority (RFC 5280 §6.1.4 k)',
    () => below({ isAuthority: false }),
    /or one above it may not sign for that|is signed by one that is not of an authority/,
  ],
  [
    'with an intermediate that may not sign certificates (RFC 5280 §6.1.4 n)',
    () => below({ keyUsage: 'other' }),
    /is not known here|does not include certificate signing/,
  ],
  [
    'for a name that its authority may not sign for (RFC 5280 §4.2.1.10)',
    () => below({ nameConstraints: { permitted: ['b.example'] } }),
    /permitted subtree violation|its names are not among those/,
  ],
  [
    'for a name that is excluded',
    () => below({ nameConstraints: { excluded: ['a.example'] } }),
    /excluded subtree violation|its names are not among those/,
  ],
  [
    'where a second authority widens what the first permits',
    async () => {
      const first = await authority.intermediate({ nameConstraints: { permitted: ['b.example'] } })
      return (await first.intermediate({ nameConstraints: { permitted: ['a.example'] } })).issue(FOR_A)
    },
    /permitted subtree violation|its names are not among those/,
  ],
  [
    'with a critical extension that nobody knows (RFC 5280 §4.2)',
    () => authority.issue({ ...FOR_A, unknownCriticalExtension: true }),
    /unhandled critical extension|demands what is not understood/,
  ],
]

async function below(options: AuthorityOptions, issue: Partial<IssueOptions> = {}): Promise<TestCertificate> {
  return (await authority.intermediate({ commonName: 'Below', ...options })).issue({ ...FOR_A, ...issue })
}

describe('refused of a connecting server', () => {
  test.each(refused)('%s', async (_, make, words) => {
    expect(await verdictOn(await make())).toMatch(words)
  })
  test.each(['rsa-1024', 'rsa-sha1'] as const)('with a key or signature of %s', async (algorithm) => {
    const weak = await createTestAuthority({ algorithm })
    const made = await weak.issue(FOR_A)
    const fault = chainFault(made.chain, authoritiesOf({ ca: weak.pem }), [PURPOSE.serverAuth], Date.now())
    expect(fault).toBe('a key or a signature in its chain is too weak')
  })
  test('that presents none', async () => {
    const { accepting } = await federate(undefined)
    expect(await accepting.security?.verifyPeerChain()).toBe('no certificate was presented')
    expect(accepting.security?.peerCertificateChain()).toEqual([])
  })
})

/** What the connecting server, which presents a certificate of its own or none, says of what the accepting one presents. */
async function verdictOnAccepting(accepting: TestCertificate, own?: TestCertificate) {
  const { connecting } = await federate(own, { accepting })
  return connecting.security?.verifyPeerChain()
}

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

test('chain and names together: for its own domain only (RFC 6120 §13.7.2.1)', async () => {
  const presented = await authority.issue({ domains: ['a.example'], srvNames: ['_xmpp-server.b.example'] })
  const { security } = (await federate(presented)).accepting
  const names = certificateNames(security?.peerCertificate() ?? new Uint8Array())
  const fault = await security?.verifyPeerChain()
  expect(certificateVerdict(fault, names, 'a.example')).toEqual({ verified: true })
  expect(certificateVerdict(fault, names, 'b.example')).toEqual({ verified: true })
  expect(certificateVerdict(fault, names, 'c.example')).toEqual({
    verified: false,
    reason: 'the certificate is for a.example, _xmpp-server.b.example, not for c.example',
  })
})

test('the certificate presented is that of presentFor', async () => {
  const [a, b] = await Promise.all([authority.issue(FOR_A), authority.issue({ domains: ['b.example'] })])
  const certificates = new CertificateStore([a, b])
  for (const [presentFor, expected] of [
    ['b.example', b],
    ['a.example', a],
    [undefined, a],
  ] as const) {
    const { accepting } = await federate(undefined, { connect: { certificates, ...(presentFor && { presentFor }) } })
    expect(Buffer.from(accepting.security?.peerCertificate() ?? [])).toEqual(Buffer.from(expected.der))
  }
})

test('without verifyLater the handshake itself verifies, by all authorities, and a certificate is presented', async () => {
  const own = await authority.issue(FOR_A)
  const { accepting } = await federate(own, { connect: { verifyLater: false } })
  expect(accepting.security?.peerCertificate()).toEqual(Buffer.from(own.der))
  const foreign = await (await createTestAuthority()).issue({ domains: ['receiving.example'] })
  const connect = { verifyLater: false }
  await expect(federate(own, { connect, accepting: foreign })).rejects.toMatchObject({ code: 'certificate' })
})

test('a chain longer than 10 is not looked at', async () => {
  const { der, ...made } = await authority.issue(FOR_A)
  const padded = { ...made, der, certificate: made.certificate.repeat(2) + authority.pem.repeat(9) }
  expect(await verdictOn(padded)).toBe('its chain of certificates is too long')
})

test('the chain is told as it was presented, also when out of order', async () => {
  const first = await authority.intermediate()
  const second = await first.intermediate()
  const leaf = await second.issue({ ...FOR_A, withIntermediates: false })
  const { accepting } = await federate({ ...leaf, certificate: leaf.certificate + first.pem + second.pem })
  const expected = [leaf.der, first.der, second.der].map((der) => Buffer.from(der))
  expect(accepting.security?.peerCertificateChain().map(Buffer.from)).toEqual(expected)
  expect(await accepting.security?.verifyPeerChain()).toBeUndefined()
})

test('after closing, nothing is accepted', async () => {
  const { connecting, accepting } = await federate(await authority.issue(FOR_A))
  const closed = new Promise<void>((resolve) => accepting.onClose(() => resolve()))
  connecting.destroy()
  accepting.destroy()
  await closed
  expect(await accepting.security?.verifyPeerChain()).toBe('the connection is closed')
  expect(await connecting.security?.verifyPeerChain()).toBe('the connection is closed')
})

test('peers that speak TLS 1.2 only, on either side', async () => {
  const own = await authority.issue(FOR_A)
  const raw = createServer({
    key: receiving.key,
    cert: receiving.certificate,
    maxVersion: 'TLSv1.2',
    requestCert: true,
    rejectUnauthorized: false,
    ca: authority.pem,
  })
  raw.listen(0, '127.0.0.1')
  opened.push(() => raw.close())
  await new Promise((resolve) => raw.once('listening', resolve))
  const seen = new Promise<string | undefined>((resolve) =>
    raw.once('secureConnection', (socket) => resolve(socket.getPeerX509Certificate()?.subject)),
  )
  const port = Number(Reflect.get(Object(raw.address()), 'port'))
  const connecting = await connectTcp({
    host: '127.0.0.1',
    port,
    servername: 'receiving.example',
    tls: 'direct',
    verifyLater: true,
    certificates: store(own),
    ca: authority.pem,
  })
  opened.push(() => connecting.destroy())
  expect([connecting.security?.protocol, await seen, await connecting.security?.verifyPeerChain()]).toEqual([
    'TLSv1.2',
    'CN=a.example',
    undefined,
  ])

  let accept: (connection: Connection) => void = () => {}
  const accepted = new Promise<Connection>((resolve) => {
    accept = resolve
  })
  const listener = await listenTcp({
    host: '127.0.0.1',
    port: 0,
    tls: 'direct',
    certificates: store(receiving),
    requestCertificate: true,
    ca: authority.pem,
    onConnection: accept,
  })
  opened.push(() => listener.close())
  const socket = connectTls({
    host: '127.0.0.1',
    port: listener.address.port,
    maxVersion: 'TLSv1.2',
    cert: own.certificate,
    key: own.key,
    ca: authority.pem,
    servername: 'receiving.example',
  })
  opened.push(() => socket.destroy())
  const { security } = await accepted
  expect([security?.protocol, await security?.verifyPeerChain()]).toEqual(['TLSv1.2', undefined])
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

/** Whether an authority with these constraints may sign for these names: by our rules, and by those of OpenSSL. */
async function allowed(constraints: NameConstraints, names: IssueOptions) {
  const made = await (await authority.intermediate({ nameConstraints: constraints })).issue(names)
  const fault = chainFault(made.chain, authoritiesOf({ ca: authority.pem }), [PURPOSE.serverAuth], Date.now())
  return { ours: fault === undefined, theirs: (await verdictOnAccepting(made)) === undefined }
}

describe('name constraints (RFC 5280 §4.2.1.10) as OpenSSL has them', () => {
  test.each<[NameConstraints, IssueOptions, boolean]>([
    [{ permitted: ['example'] }, { domains: ['a.example', 'b.c.example'] }, true],
    [{ permitted: ['a.example'] }, { domains: ['a.example'] }, true],
    [{ permitted: ['a.example'] }, { domains: ['A.EXAMPLE'] }, true],
    [{ permitted: ['a.example'] }, { domains: ['aa.example'] }, false],
    [{ permitted: ['a.example'] }, { domains: ['a.example', 'b.example'] }, false],
    [{ permitted: ['a.example', 'b.example'] }, { domains: ['a.example', 'x.b.example'] }, true],
    [{ permitted: ['a.example'] }, { domains: ['*.a.example'] }, true],
    [{ permitted: ['a.example'] }, { addresses: ['192.0.2.1'], commonName: 'none' }, true],
    [{ permitted: ['example'], excluded: ['a.example'] }, { domains: ['b.example'] }, true],
    [{ permitted: ['example'], excluded: ['a.example'] }, { domains: ['x.a.example'] }, false],
    [{ permittedAddresses: ['192.0.2.0/255.255.255.0'] }, { addresses: ['192.0.2.9'] }, true],
    [{ permittedAddresses: ['192.0.2.0/255.255.255.0'] }, { addresses: ['192.0.3.9'] }, false],
    [{ excludedAddresses: ['0.0.0.0/0.0.0.0'] }, { addresses: ['192.0.2.9'] }, false],
    [{ excludedAddresses: ['0.0.0.0/0.0.0.0'] }, { domains: ['a.example'] }, true],
    [{ permittedSubjects: ['a.example'] }, { domains: ['a.example'] }, true],
    [{ permittedSubjects: ['b.example'] }, { domains: ['a.example'] }, false],
    [{ excludedSrvName: '_xmpp-server.a.example' }, { srvNames: ['_xmpp-server.a.example'] }, false],
    [{ excludedSrvName: '_xmpp-server.a.example' }, { domains: ['a.example'] }, true],
  ])('%j for %j: %s', async (constraints, names, expected) => {
    expect(await allowed(constraints, names)).toEqual({ ours: expected, theirs: expected })
  })

  test('stricter than OpenSSL: a wildcard that covers an excluded name, and any excluded directory name', async () => {
    const wildcard = await allowed({ excluded: ['x.a.example'] }, { domains: ['*.a.example'] })
    const subject = await allowed({ excludedSubjects: ['b.example'] }, { domains: ['a.example'] })
    expect([wildcard.ours, subject.ours]).toEqual([false, false])
  })
})

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
      const fault = chainFault(made.chain, authoritiesOf({ ca: authority.pem }), [PURPOSE.serverAuth], Date.now())
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
  const purposes = [PURPOSE.serverAuth]
  const faultOf = (chain: readonly Uint8Array[], ca: string) =>
    chainFault(chain, authoritiesOf({ ca }), purposes, Date.now())

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
