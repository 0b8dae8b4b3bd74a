import { acceptClientStream, DEFAULT_CLIENT_STREAM_OPTIONS } from '@parlour/server-core'
import { ScriptedPeer } from '@parlour/testing'
import { createMemoryPair } from '@parlour/transport'
import { parseXml } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { Scene } from '../scene.fixture.ts'
import { streamLimitsServer } from './server.ts'
import { readStreamLimits, streamLimitsElement } from './wire.ts'

describe('XEP-0478 §3.1', () => {
  test.each([{}, { maxBytes: 10_000 }, { maxBytes: 10_000, idleSeconds: 1800 }])('%j goes there and back', (limits) => {
    expect(readStreamLimits(parseXml(`<features xmlns='urn:x'>${streamLimitsElement(limits)}</features>`))).toEqual(
      limits,
    )
  })

  test('what is no integer is not known; without the element nothing is', () => {
    const features =
      "<features xmlns='urn:x'><limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>many</max-bytes></limits></features>"
    expect(readStreamLimits(parseXml(features))).toEqual({})
    expect(readStreamLimits(parseXml("<features xmlns='urn:x'/>"))).toEqual({})
  })

  test('§4: the limits before authentication and after it are those that hold', async ({ signal }) => {
    const scene = await Scene.open([streamLimitsServer])
    const { limits, limitsBeforeAuthentication } = DEFAULT_CLIENT_STREAM_OPTIONS
    const features = (stage: 'unauthenticated' | 'authenticated', stream: { maxStanzaBytes: number }) =>
      readStreamLimits(
        parseXml(
          `<features xmlns='urn:x'>${scene.kernel.host('example.com')?.features(stage, true, stream).join('')}</features>`,
        ),
      )
    expect(features('authenticated', limits)).toEqual({ maxBytes: limits.maxStanzaBytes })
    const [client, server] = createMemoryPair()
    acceptClientStream(server, {}, scene.kernel)
    const peer = new ScriptedPeer(client, { signal })
    const header =
      "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' to='example.com'>"
    peer.send(header)
    await peer.expectUntil('</stream:features>')
    peer.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
    await peer.expectUntil('<proceed xmlns="urn:ietf:params:xml:ns:xmpp-tls"/>')
    await peer.startTls()
    peer.send(header)
    await peer.expectUntil('</stream:features>')
    expect(peer.heard).toContain(`<max-bytes>${limitsBeforeAuthentication.maxStanzaBytes}</max-bytes>`)
  })
})
