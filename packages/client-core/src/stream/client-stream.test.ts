import type { NegotiationError } from '@parlour/stream-negotiation'
import { el } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { BIND, failure, features, HEADER, MECHANISMS, open, settle } from './client-stream.fixture.ts'

describe.each([
  ['whole writes', undefined],
  ['byte by byte', 1],
])('%s', (_, chunkBytes) => {
  test('RFC 6120 §9.1: a stream is opened, used and closed', async () => {
    const attempt = open(chunkBytes)
    const stream = await attempt.opened
    expect(stream.jid.toString()).toBe('juliet@im.example.com/balcony')
    expect([stream.secure, stream.agreement.mechanism]).toEqual([true, 'SCRAM-SHA-1'])
    expect(stream.agreement.features.child('bind', 'urn:ietf:params:xml:ns:xmpp-bind')).toBeDefined()
    expect(attempt.environment.timers).toBe(0)
    const heard: string[] = []
    stream.onElement((element) => heard.push(element.name))
    stream.send(el('presence', 'jabber:client'))
    stream.send("<message id='m1'/>")
    attempt.server.connection.write('<message/><iq/>')
    await settle()
    expect(heard).toEqual(['message', 'iq'])
    expect(attempt.server.heard).toEqual([
      'header from=undefined to=im.example.com',
      'starttls',
      'header from=juliet@im.example.com to=im.example.com',
      'auth',
      'response',
      'header from=juliet@im.example.com to=im.example.com',
      'iq',
      'presence',
      'message',
    ])
    const ends: unknown[] = []
    stream.onClose((error) => ends.push(error))
    const closed = stream.close()
    await settle()
    expect(attempt.server.heard.at(-1)).toBe('</>')
    attempt.server.connection.write('<message/></stream:stream>')
    await closed
    expect(heard).toEqual(['message', 'iq', 'message'])
    expect(ends).toEqual([undefined])
    expect(attempt.environment.timers).toBe(0)
  })

  test('CVE-2016-10027: a removed <starttls/> is starttls-not-offered, and nothing was said', async () => {
    const attempt = open(chunkBytes, (server) => {
      server.features = [features(MECHANISMS)]
    })
    expect((await failure(attempt)).code).toBe('starttls-not-offered')
    expect(attempt.server.heard).toEqual(['header from=undefined to=im.example.com', '</>'])
  })

  test('25. RFC 6120 §5.4.3.3: features injected behind <proceed/> are discarded', async () => {
    const attempt = open(chunkBytes, (server) => {
      server.proceed += `${HEADER}${features(BIND)}`
    })
    const outcome = await attempt.opened.then(
      (stream) => stream.secure,
      (error: NegotiationError) => error.code,
    )
    expect([true, 'tls-failed']).toContain(outcome)
    expect(attempt.server.heard).not.toContain('iq before SASL')
    if (outcome === true) expect(attempt.server.heard).toContain('auth')
  })

  test('elements that come with the bind result wait for a listener', async () => {
    const attempt = open(chunkBytes, (server) => {
      server.behind = '<presence/><message/>'
    })
    const stream = await attempt.opened
    await settle()
    const heard: string[] = []
    stream.onElement((element) => heard.push(element.name))
    await settle()
    expect(heard).toEqual(['presence', 'message'])
  })
})

describe('an opened stream', () => {
  test('RFC 6120 §4.4: the wait for the server’s </stream> is bounded', async () => {
    const { opened, server, environment } = open(undefined)
    const stream = await opened
    const closed = stream.close()
    await settle()
    expect(server.isClosed).toBe(false)
    environment.pass(5_000)
    await closed
    expect(environment.timers).toBe(0)
    await stream.close()
  })

  test('RFC 6120 §4.4: the server’s </stream> is answered, and the stream ends without an error', async () => {
    const { opened, server } = open(undefined)
    const stream = await opened
    stream.onElement(() => {})
    const ends: unknown[] = []
    stream.onClose((error) => ends.push(error))
    server.connection.write('</stream:stream>')
    await settle()
    expect(server.heard.at(-1)).toBe('</>')
    expect(ends).toEqual([undefined])
  })

  test('RFC 6120 §4.9.3.3: a stream error is what onClose hears', async () => {
    const { opened, server } = open(undefined)
    const stream = await opened
    stream.onElement(() => {})
    server.connection.write(
      "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>",
    )
    await settle()
    const ends: unknown[] = []
    stream.onClose((error) => ends.push(error))
    expect(ends).toEqual([expect.objectContaining({ condition: 'conflict' })])
  })

  test('20. RFC 6120 §11.3: what is not XML ends the stream with not-well-formed', async () => {
    const { opened, server } = open(undefined)
    const stream = await opened
    const ends: unknown[] = []
    stream.onClose((error) => ends.push(error))
    stream.onElement(() => {})
    server.connection.write('<message></presence>')
    await settle()
    expect(server.heard.slice(-2)).toEqual(['error', '</>'])
    expect(ends).toEqual([expect.objectContaining({ condition: 'not-well-formed' })])
    stream.send('<message/>')
    expect(stream.bufferedBytes).toBe(0)
  })

  test('what the server took within its limits, and is longer as it writes it, does not end the stream', async () => {
    const { opened, server } = open(undefined)
    const stream = await opened
    const heard: (string | undefined)[] = []
    stream.onElement((element) => heard.push(element.childText('body')?.slice(0, 3)))
    const numbers = Array.from({ length: 60 }, (_, number) => number)
    const used = numbers.map((number) => `xmlns:a${number}='urn:a:${number}' a${number}:b=''`).join(' ')
    server.connection.write(`<message><body>${'&gt;'.repeat(100_000)}</body></message>`)
    server.connection.write(`<message><body>2</body><x xmlns='urn:x' ${used}/></message>`)
    await settle()
    expect(heard).toEqual(['>>>', '2'])
  })

  test('destroy drops the connection', async () => {
    const { opened, server } = open(undefined)
    const stream = await opened
    stream.destroy()
    await settle()
    expect(server.isClosed).toBe(true)
  })
})
