import { expect, test } from 'vitest'
import { type ChannelBindingSource, channelBindings } from './channel-binding.ts'
import { acceptsAlpn, clientHello } from './direct-tls.ts'

test('XEP-0368 §3: direct TLS sends the domain as SNI and the ALPN name of its role', () => {
  expect(clientHello('example.org', 'direct', 'client')).toEqual({
    referenceDomain: 'example.org',
    servername: 'example.org',
    alpnProtocols: ['xmpp-client'],
  })
  expect(clientHello('example.org', 'direct', 'server').alpnProtocols).toEqual(['xmpp-server'])
})

test('RFC 6120 §5.4.3.1: inside a stream there is SNI and no ALPN', () => {
  expect(clientHello('example.org', 'starttls', 'client')).toEqual({
    referenceDomain: 'example.org',
    servername: 'example.org',
  })
})

test.each(['192.0.2.1', '[2001:db8::1]'])('RFC 6066 §3: the address %s is no server name', (address) => {
  expect(clientHello(address, 'direct', 'client').servername).toBeUndefined()
})

test.each([
  [undefined, true],
  ['', true],
  ['xmpp-client', true],
  ['xmpp-server', false],
  ['h2', false],
])('XEP-0368 §3: ALPN %j on a port for clients is accepted: %s', (alpn, accepted) => {
  expect(acceptsAlpn(alpn, 'client')).toBe(accepted)
})

test('RFC 9266 §2, RFC 5929 §4, XEP-0440: the bindings that a connection has, strongest first', () => {
  const asked: unknown[] = []
  const source: ChannelBindingSource = {
    exporter: (label, length) => {
      asked.push([label, length])
      return new Uint8Array(length)
    },
    serverEndPoint: () => new Uint8Array(48),
  }
  expect([...channelBindings(source).keys()]).toEqual(['tls-exporter', 'tls-server-end-point'])
  expect(asked).toEqual([['EXPORTER-Channel-Binding', 32]])
  expect([...channelBindings({ ...source, exporter: () => undefined }).keys()]).toEqual(['tls-server-end-point'])
  expect(channelBindings(undefined).size).toBe(0)
})
