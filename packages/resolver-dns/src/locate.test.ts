import { describe, expect, test } from 'vitest'
import { asked, setting, srv } from '../test/name-server.ts'

const A = (address: string) => ({ type: 'A', address }) as const

describe('XEP-0368 §3: direct TLS beside STARTTLS', () => {
  test("\"Both 'xmpp-' and 'xmpps-' records SHOULD be treated as the same record with regard to connection order\"", async () => {
    const { resolver, server } = await setting({
      '_xmpps-server._tcp.example.org': [srv('tls.example.org', 443, 10), srv('late.example.org', 5270, 30)],
      '_xmpp-server._tcp.example.org': [srv('first.example.org', 5269, 5), srv('mid.example.org', 5269, 20)],
    })
    const location = await resolver.locate('example.org', 'server')
    expect(location.targets).toEqual([
      { host: 'first.example.org', port: 5269, security: 'starttls' },
      { host: 'tls.example.org', port: 443, security: 'direct-tls' },
      { host: 'mid.example.org', port: 5269, security: 'starttls' },
      { host: 'late.example.org', port: 5270, security: 'direct-tls' },
    ])
    expect(location).toMatchObject({ source: 'srv', domain: 'example.org', role: 'server' })
    expect(asked(server)).toEqual(['SRV _xmpp-server._tcp.example.org', 'SRV _xmpps-server._tcp.example.org'])
  })

  test('clients have services of their own', async () => {
    const { resolver, server } = await setting({
      '_xmpps-client._tcp.example.org': [srv('c.example.org', 443)],
      '_xmpp-server._tcp.example.org': [srv('s.example.org', 5269)],
    })
    const { targets } = await resolver.locate('example.org', 'client')
    expect(targets).toEqual([{ host: 'c.example.org', port: 443, security: 'direct-tls' }])
    expect(asked(server)).toEqual(['SRV _xmpp-client._tcp.example.org', 'SRV _xmpps-client._tcp.example.org'])
  })

  test('RFC 2782: among equal priorities, the share of the first place goes by weight', async () => {
    const { resolver } = await setting({
      '_xmpp-server._tcp.example.org': [srv('heavy.example.org', 5269, 0, 90), srv('light.example.org', 5269, 0, 10)],
    })
    let heavy = 0
    for (let call = 0; call < 500; call++) {
      const { targets } = await resolver.locate('example.org', 'server')
      if (targets[0]?.host === 'heavy.example.org') heavy++
    }
    expect(heavy).toBeGreaterThan(400)
    expect(heavy).toBeLessThan(490)
  })

  test('§5: "_xmpps-… set to ." alone: "MUST NOT perform A/AAAA fallback"', async () => {
    const { resolver } = await setting({
      '_xmpps-server._tcp.example.org': [srv('.', 0)],
      'example.org': [A('127.0.0.1')],
    })
    await expect(resolver.locate('example.org', 'server')).rejects.toMatchObject({ code: 'not-offered' })
  })

  test('§5: "." for direct TLS means that "Direct TLS is not supported", and STARTTLS is used', async () => {
    const { resolver } = await setting({
      '_xmpps-server._tcp.example.org': [srv('.', 0)],
      '_xmpp-server._tcp.example.org': [srv('x.example.org', 5269)],
    })
    const { targets } = await resolver.locate('example.org', 'server')
    expect(targets).toEqual([{ host: 'x.example.org', port: 5269, security: 'starttls' }])
  })
})

describe('RFC 6120 §3.2.1: SRV', () => {
  test('"a single resource record with a Target of \'.\' … MUST abort": not-offered, and the message says of whom', async () => {
    const { resolver } = await setting({
      '_xmpp-server._tcp.example.org': [srv('.', 0)],
      'example.org': [A('127.0.0.1')],
    })
    const error = await resolver.locate('example.org', 'server').catch((each: unknown) => each)
    expect(error).toMatchObject({ name: 'ResolveError', code: 'not-offered' })
    expect(String(error)).toContain('example.org says that it offers no XMPP service to servers')
    expect((error as { lookups: unknown[] }).lookups).toHaveLength(2)
  })

  test('"." of one kind says nothing while the other kind could not be asked', async () => {
    const { resolver, server } = await setting({ '_xmpp-server._tcp.example.org': [srv('.', 0)] })
    server.behaviour.set('_xmpps-server._tcp.example.org', { rcode: 'SERVFAIL' })
    await expect(resolver.locate('example.org', 'server')).rejects.toMatchObject({ code: 'failed' })
  })

  test('the failure of one kind does not hide the records of the other', async () => {
    const { resolver, server } = await setting({ '_xmpp-server._tcp.example.org': [srv('x.example.org', 5269)] })
    server.behaviour.set('_xmpps-server._tcp.example.org', { rcode: 'SERVFAIL' })
    const { targets, lookups } = await resolver.locate('example.org', 'server')
    expect(targets).toEqual([{ host: 'x.example.org', port: 5269, security: 'starttls' }])
    expect(lookups.map(({ outcome }) => outcome)).toEqual(['failed', 'answered'])
    expect(lookups[0]?.error?.message).toContain(`${server.address} answered SERVFAIL`)
  })

  test('an alias leads to the records of another name', async () => {
    const { resolver } = await setting({
      '_xmpp-server._tcp.example.org': [{ type: 'CNAME', target: '_xmpp-server._tcp.hosting.example' }],
      '_xmpp-server._tcp.hosting.example': [srv('X.Hosting.Example', 5269)],
    })
    const { targets, lookups } = await resolver.locate('example.org', 'server')
    expect(targets).toEqual([{ host: 'x.hosting.example', port: 5269, security: 'starttls' }])
    expect(lookups[1]?.records.map(({ type }) => type)).toEqual(['CNAME', 'SRV'])
  })

  test('records without a port or with a target that is no host name are passed over; of nothing else, failed', async () => {
    const { resolver, server } = await setting({
      '_xmpp-server._tcp.example.org': [srv('a.example.org', 0), srv('b c.example.org', 1), srv('d.example.org', 2)],
      'example.org': [A('127.0.0.1')],
    })
    const { targets } = await resolver.locate('example.org', 'server')
    expect(targets).toEqual([{ host: 'd.example.org', port: 2, security: 'starttls' }])
    resolver.clear()
    server.records.set('_xmpp-server._tcp.example.org', [srv('a.example.org', 0)])
    await expect(resolver.locate('example.org', 'server')).rejects.toMatchObject({ code: 'failed' })
  })

  test('internationalized domains are asked for as A-labels', async () => {
    const { resolver } = await setting({ '_xmpp-server._tcp.xn--bcher-kva.example': [srv('x.example.org', 5269)] })
    const location = await resolver.locate('Bücher.example', 'server')
    expect(location).toMatchObject({ domain: 'xn--bcher-kva.example', targets: [{ host: 'x.example.org' }] })
  })

  test.each(['a..example', '', 'a b.example', `${'x'.repeat(64)}.example`, `${'x.'.repeat(127)}example`])(
    'RFC 1035 §2.3.4: "%s" is no name: not-found, and nobody is asked',
    async (domain) => {
      const { resolver, server } = await setting()
      await expect(resolver.locate(domain, 'server')).rejects.toMatchObject({ code: 'not-found' })
      await expect(resolver.addresses(domain)).rejects.toMatchObject({ code: 'not-found' })
      await expect(resolver.query(domain, 'A')).rejects.toMatchObject({ code: 'not-found' })
      expect(server.questions).toEqual([])
    },
  )
})

describe('RFC 6120 §3.2.2: the fallback', () => {
  test.each([
    ['server', 5269],
    ['client', 5222],
  ] as const)('for a %s, the domain itself at port %i', async (role, port) => {
    const { resolver } = await setting({ 'example.org': [A('192.0.2.1')] })
    const location = await resolver.locate('example.org', role)
    expect(location).toMatchObject({
      source: 'fallback',
      targets: [{ host: 'example.org', port, security: 'starttls' }],
    })
    expect(location.lookups.map(({ question: { type }, outcome }) => [type, outcome])).toEqual([
      ['SRV', 'no-name'],
      ['SRV', 'no-name'],
      ['AAAA', 'no-records'],
      ['A', 'answered'],
    ])
  })

  test('§3.2.1, 9: "If the initiating entity does not receive a response to its SRV query, it SHOULD attempt the fallback"', async () => {
    const { resolver, server } = await setting({ 'example.org': [A('192.0.2.1')] })
    server.behaviour.set('_xmpp-server._tcp.example.org', { rcode: 'SERVFAIL' })
    server.behaviour.set('_xmpps-server._tcp.example.org', { rcode: 'REFUSED' })
    expect(await resolver.locate('example.org', 'server')).toMatchObject({ source: 'fallback' })
  })

  test('no such domain: not-found, and the message says who was asked for what', async () => {
    const { resolver, server } = await setting({})
    await expect(resolver.locate('nowhere.example', 'server')).rejects.toMatchObject({
      code: 'not-found',
      message: `there is no domain named nowhere.example: ${server.address} was asked for SRV, AAAA, A`,
    })
  })

  test('a domain without records for it: not-found', async () => {
    const { resolver } = await setting({ 'example.org': [{ type: 'TXT', strings: ['hello'] }] })
    await expect(resolver.locate('example.org', 'server')).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('example.org has no address'),
    })
  })

  test('SRV not answered and no address: it is not known whether the domain exists', async () => {
    const { resolver, server } = await setting({})
    server.behaviour.set('_xmpp-server._tcp.example.org', { rcode: 'SERVFAIL' })
    await expect(resolver.locate('example.org', 'server')).rejects.toMatchObject({ code: 'failed' })
  })
})

describe('domains that are not asked for', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['[2001:db8::7]', '2001:db8::7'],
    ['2001:db8::7', '2001:db8::7'],
  ])('RFC 7622 §3.2: %s is an address', async (domain, host) => {
    const { resolver, server } = await setting()
    expect(await resolver.locate(domain, 'server')).toMatchObject({
      source: 'address',
      targets: [{ host, port: 5269, security: 'starttls' }],
    })
    expect(await resolver.addresses(domain)).toEqual([host])
    expect(server.questions).toEqual([])
  })

  test.each(['localhost', 'a.localhost'])('RFC 6761 §6.3: %s is this machine', async (domain) => {
    const { resolver, server } = await setting()
    expect(await resolver.locate(domain, 'client')).toMatchObject({ targets: [{ host: domain, port: 5222 }] })
    expect(await resolver.addresses(domain)).toEqual(['::1', '127.0.0.1'])
    expect(server.questions).toEqual([])
  })
})

describe('RFC 6120 §3.2.3: "explicitly configured to associate a particular FQDN" with a domain', () => {
  const target = { host: 'apps.example.com', port: 6000, security: 'direct-tls' } as const

  test('the table stands in place of SRV', async () => {
    const staticHosts = {
      'Example.org': { server: [target], addresses: ['127.0.0.5'] },
      '*.example.org': { server: [] },
      'bücher.example': ['127.0.0.6', '::6'],
    }
    const { resolver, server } = await setting({}, { staticHosts })
    expect(await resolver.locate('example.org', 'server')).toEqual({
      domain: 'example.org',
      role: 'server',
      targets: [target],
      source: 'static',
      lookups: [],
    })
    expect(await resolver.locate('example.org', 'client')).toMatchObject({
      source: 'static',
      targets: [{ host: 'example.org', port: 5222, security: 'starttls' }],
    })
    expect(await resolver.addresses('EXAMPLE.org')).toEqual(['127.0.0.5'])
    expect(await resolver.addresses('xn--bcher-kva.example')).toEqual(['::6', '127.0.0.6'])
    await expect(resolver.locate('a.b.example.org', 'server')).rejects.toMatchObject({ code: 'not-offered' })
    expect(server.questions).toEqual([])
  })

  test('what the table does not say is looked up', async () => {
    const { resolver } = await setting(
      { '_xmpp-client._tcp.example.org': [srv('x.example.org', 5222)] },
      { staticHosts: { 'example.org': { server: [target] } } },
    )
    expect(await resolver.locate('example.org', 'client')).toMatchObject({ source: 'srv' })
  })
})
