import { createTestAuthority } from '@parlour/testing/certificates'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectToServer } from '../administration/connect.ts'
import { Network } from './s2s.fixture.ts'

const DAY = 86_400_000

let network: Network
beforeAll(async () => {
  network = await Network.start()
  const domains = { 'dial.example': 'dialback', 'lax.example': 'encrypted' } as const
  await network.serve('one.example', { isOurs: true, federation: { domains, deny: ['spam.example'] } })
  await network.serve('other.example')
})
afterAll(() => network[Symbol.asyncDispose]())

const walkTo = (domain: string, options = '') => network.parlour(`s2s test ${domain} ${options}`)

describe('parlour s2s test', () => {
  test('SASL EXTERNAL: every step, and that it works', async () => {
    const { code, output, errors } = await walkTo('other.example')
    expect([code, errors]).toEqual([0, ''])
    expect(output).toMatch(/^From one\.example to other\.example$/m)
    expect(output).toContain(`Name server  ${network.dns.address}`)
    expect(output).toMatch(/SRV +_xmpps-server\._tcp\.other\.example: no such name/)
    expect(output).toMatch(/SRV +_xmpp-server\._tcp\.other\.example: TTL 300 s\n +0 5 \d+ host\.example\.$/m)
    expect(output).toMatch(/✓ Connection +127\.0\.0\.1$/m)
    expect(output).toMatch(/✓ TLS +TLSv1\.3, TLS_[A-Z0-9_]+, by STARTTLS$/m)
    expect(output).toMatch(/✓ Certificate +of a trusted authority\n +for other\.example$/m)
    expect(output).toMatch(/until \d{4}-\d\d-\d\d \(\d+ days left\); for serverAuth$/m)
    expect(output).toMatch(/✓ Sign-in +by SASL EXTERNAL/)
    expect(output).toMatch(/^It works: what one\.example sends reaches other\.example \(\d+\.\d s\)\.$/m)
  })

  test('dialback, where policy rests on it: the certificate is shown, not judged', async () => {
    await network.serve('dial.example', { security: 'dialback' })
    const { code, output } = await walkTo('dial.example')
    expect(code).toBe(0)
    expect(output).toMatch(/✓ Policy +allowed; dialback alone/)
    expect(output).toMatch(/! Certificate +not looked at\n +for dial\.example$/m)
    expect(output).toMatch(/✓ Sign-in +by dialback/)
  })

  test('policy `encrypted`: dialback, where the certificate proves nothing', async () => {
    await network.serve('lax.example', { security: 'dialback', authority: await createTestAuthority() })
    const { code, output } = await walkTo('lax.example')
    expect(code).toBe(0)
    expect(output).toMatch(/! Certificate +its issuer "Test authority \d+" is not known here/)
    expect(output).toMatch(/✓ Sign-in +by dialback/)
  })

  test('direct TLS (XEP-0368): with ALPN', async () => {
    const server = await network.serve('direct.example')
    network.point('direct.example', server.servers?.directTls?.address.port ?? 0, 'host.example', 'xmpps-server')
    network.dns.records.delete('_xmpp-server._tcp.direct.example')
    const { code, output } = await walkTo('direct.example')
    expect(output).toMatch(/✓ TLS +TLSv1\.3, TLS_[A-Z0-9_]+, direct TLS \(ALPN:\s+xmpp-server\)$/m)
    expect(code).toBe(0)
  })

  test('two servers of one domain: the second is tried when the first is down', async () => {
    const server = await network.serve('pair.example')
    const up = server.servers?.starttls?.address.port ?? 0
    const down = await network.closedPort()
    const record = (priority: number, port: number) =>
      ({ type: 'SRV', priority, port, target: 'host.example' }) as const
    network.dns.records.set('_xmpp-server._tcp.pair.example', [record(0, down), record(1, up)])
    const { code, output } = await walkTo('pair.example')
    expect(output).toMatch(/Server 1\/2 +host\.example port \d+, STARTTLS\n✗ Connection +host/)
    expect(output).toMatch(/Server 2\/2 /)
    expect([code, output]).toEqual([0, expect.stringContaining('It works')])
  })

  interface Failure {
    readonly domain: string
    prepare(): unknown
    /** Lines that have to be there; their words may be broken over lines. */
    readonly says: readonly RegExp[]
    readonly weCan?: RegExp
    readonly theyCan?: RegExp
  }

  const failures: readonly Failure[] = [
    {
      domain: 'nowhere.example',
      prepare: () => {},
      says: [/✗ DNS there is no domain named nowhere\.example/],
      weCan: /spelled/,
      theyCan: /_xmpp-server\._tcp\.nowhere\.example\. IN SRV/,
    },
    {
      domain: 'dot.example',
      prepare: () => network.point('dot.example', 0, '.'),
      says: [/0 5 0 \./, /✗ DNS dot\.example says that it offers no XMPP service to servers/],
      theyCan: /change the SRV record/,
    },
    {
      domain: 'servfail.example',
      prepare: () => {
        for (const name of ['_xmpp-server._tcp.', '_xmpps-server._tcp.', ''])
          network.dns.behaviour.set(`${name}servfail.example`, { rcode: 'SERVFAIL' })
      },
      says: [/! SRV _xmpp-server\._tcp\.servfail\.example: .*SERVFAIL/, /✗ DNS .*SERVFAIL/],
      weCan: /other domains/,
      theyCan: /zone of servfail\.example/,
    },
    {
      domain: 'homeless.example',
      prepare: () => network.point('homeless.example', 5269, 'nohost.example'),
      says: [/✗ Connection the host nohost\.example has no address/],
      theyCan: /nohost\.example an address/,
    },
    {
      domain: 'refused.example',
      prepare: async () => network.point('refused.example', await network.closedPort()),
      says: [/✗ Connection host\.example port \d+: the connection is refused/],
      theyCan: /start the server, or open host\.example port \d+/,
    },
    {
      domain: 'silent.example',
      prepare: async () => network.point('silent.example', await network.listen(() => {})),
      says: [/✓ Connection 127\.0\.0\.1/, /It does not work \(\d\.\d s\): nothing more came within 1\.5 s/],
      theyCan: /says nothing/,
    },
    {
      domain: 'expired.example',
      prepare: () =>
        network.serve('expired.example', { certificate: { notAfter: new Date(Date.now() - 3 * DAY - 1000) } }),
      says: [/✗ Certificate the certificate expired on/, /ended 3 days ago/],
      weCan: /"expired\.example": "encrypted"/,
      theyCan: /renew the certificate/,
    },
    {
      domain: 'wrong.example',
      prepare: () => network.serve('wrong.example', { certificate: { domains: ['right.example'] } }),
      says: [/✗ Certificate of a trusted authority; not for wrong\.example for right\.example/],
      theyCan: /certificate that names wrong\.example/,
    },
    {
      domain: 'strange.example',
      prepare: async () =>
        network.serve('strange.example', { authority: await createTestAuthority({ commonName: 'Strange root' }) }),
      says: [/✗ Certificate its issuer "Strange root" is not known here/, /by "Strange root"/],
      weCan: /federation\.authorities/,
      theyCan: /public authority/,
    },
    {
      domain: 'plain.example',
      prepare: async () => {
        const answer =
          "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' id='a' version='1.0' from='plain.example'><stream:features/>"
        const port = await network.listen((socket) => void socket.once('data', () => socket.write(answer)))
        network.point('plain.example', port)
      },
      says: [/✗ TLS not offered/],
      theyCan: /turn on TLS/,
    },
    {
      domain: 'unknown.example',
      prepare: () => {
        const other = network.dns.records.get('_xmpp-server._tcp.other.example') ?? []
        network.dns.records.set('_xmpp-server._tcp.unknown.example', other)
      },
      says: [/✗ Stream unknown\.example ended the stream with host-unknown/],
      weCan: /spelled/,
      theyCan: /have unknown\.example served at/,
    },
    {
      domain: 'spam.example',
      prepare: () => {},
      says: [/✗ Policy denied: this server does not speak to spam\.example/],
      weCan: /federation\.deny/,
    },
  ]

  test.each(failures)('$domain', async ({ domain, prepare, says, weCan, theyCan }) => {
    await prepare()
    const { code, output } = await walkTo(domain, domain === 'silent.example' ? '--timeout 1.5' : '--timeout 20')
    expect(code).toBe(1)
    expect(output.split('\n').filter((line) => line.length > 80)).toEqual([])
    const text = output.replaceAll(/\s+/g, ' ')
    for (const part of [...says, /It does not work/]) expect(text).toMatch(part)
    const [, ours = '', theirs = ''] = /It does not work.*?(You can:.*?)?(Whoever runs .*)?$/.exec(text) ?? []
    expect(ours).toMatch(weCan ?? /^/)
    expect(theirs).toMatch(theyCan ?? /^$/)
    expect(output).not.toMatch(/undefined|\[object/)
  })

  test('a peer’s text cannot act on the terminal', async () => {
    const answer =
      "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' id='a' version='1.0' from='evil.example'><stream:error><undefined-condition xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>\u009b31mred\u202e</text></stream:error></stream:stream>"
    const port = await network.listen((socket) => void socket.once('data', () => socket.write(answer)))
    network.point('evil.example', port)
    const { output } = await walkTo('evil.example')
    expect(output).toContain('\\u{9b}31mred\\u{202e}')
    expect(output).not.toMatch(/[\u0080-\u009f\u202e]/u)
    const json = (await walkTo('evil.example', '--json')).output
    expect(json).not.toMatch(/[\u0080-\u009f\u202e]/u)
    expect(JSON.parse(json.trim().split('\n').at(-1) ?? '').fault.reason).toContain('\u009b31mred\u202e')
  })

  test('--json: one object a step, the last one with the verdict', async () => {
    const { code, output } = await walkTo('other.example', '--json')
    const steps = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(code).toBe(0)
    expect(steps.map(({ step }) => step)).toEqual([
      ...['begin', 'dns', 'connecting', 'addresses', 'connected', 'tls', 'certificate', 'features', 'features'],
      ...['authenticated', 'done'],
    ])
    expect(steps.find(({ step }) => step === 'certificate')).toMatchObject({
      ...{ verified: true, namesDomain: true },
      facts: { names: ['other.example'], issuer: 'Test root', purposes: ['serverAuth'], chainLength: 1 },
    })
    expect(steps.at(-1)).toMatchObject({ works: true, duties: [] })
  })

  test.each([
    ['', 2, /which domain/],
    ['other.example more.example', 2, /one domain is enough/],
    ['other.example --timeout soon', 2, /--timeout takes seconds/],
    ['one.example', 1, /one\.example is served by this server itself/],
    ['user@other.example', 1, /is no domain; do you mean other\.example\?/],
    ['other.example --from two.example', 1, /does not serve two\.example/],
  ])('%s: %i, %s', async (line, code, message) => {
    expect(await network.parlour(`s2s test ${line}`)).toMatchObject({ code, errors: expect.stringMatching(message) })
  })

  test('a command that goes away ends its walk', async () => {
    let ended = (): void => {}
    const end = new Promise<void>((resolve) => {
      ended = resolve
    })
    let began = (): void => {}
    const begin = new Promise<void>((resolve) => {
      began = resolve
    })
    const port = await network.listen((socket) => {
      began()
      socket.on('close', ended)
      socket.resume()
    })
    network.point('gone.example', port)
    const administration = await connectToServer(network.data)
    const walking = administration?.run('s2s.test', { domain: 'gone.example' })
    const failed = expect(walking).rejects.toMatchObject({ code: 'gone' })
    await begin
    await administration?.[Symbol.asyncDispose]()
    await end
    await failed
  })
})
