import { parseJid } from '@parlour/jid'
import type { Element } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { BIND, Client, conditions, HEADER, names, PLAIN, settle } from './client-stream.fixture.ts'
import type { ClientStreamOptions } from './index.ts'

const WRONG = `<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${btoa('\0juliet\0x')}</auth>`
describe.each([
  ['whole writes', undefined],
  ['byte by byte', 1],
])('%s', (_, chunkBytes) => {
  const open = (options?: Partial<ClientStreamOptions>) => new Client(chunkBytes, options)

  test('RFC 6120 §9.1: STARTTLS, SASL, bind, stanzas, close', async () => {
    const client = open()
    const first = await client.say(HEADER)
    expect(first[0]).toBe('header from=im.example.com to=juliet@im.example.com lang=en')
    expect(names(first)).toEqual(['header', 'features'])
    expect(names((first[1] as Element).elements())).toEqual(['starttls'])
    expect(names(await client.say("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"))).toEqual(['proceed'])
    client.restart()
    await client.connection.startTls({ servername: 'im.example.com' })
    const second = await client.say(HEADER)
    expect(names((second[1] as Element).elements())).toEqual(['mechanisms', 'unauthenticated-true'])
    expect(names(await client.say(PLAIN))).toEqual(['success'])
    client.restart()
    const third = await client.say(HEADER)
    expect(names((third[1] as Element).elements())).toEqual(['bind', 'session', 'authenticated-true'])
    const [result] = await client.say(BIND)
    expect((result as Element).toString()).toContain('<jid>juliet@im.example.com/balcony</jid>')
    const session = client.kernel.sessions[0]
    expect(session?.stream).toBe(client.stream)
    expect(client.stream.lang).toBe('de')
    expect(client.stream.secure).toBe(true)
    await client.say("<message id='m1'/><presence/><iq id='i1' type='get'/>")
    expect(session?.received).toEqual(['m1', 'presence', 'i1'])
    client.stream.send("<message id='out'/>")
    expect(names(await client.hear())).toEqual(['message'])
    expect(await client.say('</stream:stream>')).toEqual(['</>'])
    expect(session?.ends).toEqual(['closed'])
    expect(client.isClosed).toBe(true)
    expect(client.kernel.environment.timers).toBe(0)
  })

  test('25. RFC 6120 §5.3.3: plain text behind <starttls/> is discarded, not obeyed after TLS', async () => {
    const client = open()
    await client.say(HEADER)
    client.connection.write(`<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>${HEADER}${PLAIN}`)
    await settle()
    client.restart()
    client.connection.startTls({ servername: 'im.example.com' }).catch(() => {})
    await settle()
    expect(names(await client.hear())).not.toContain('success')
    expect(client.kernel.sessions).toEqual([])
  })

  test('5. RFC 6120 §4.3.5: a stanza before bind ends the stream with not-authorized', async () => {
    const client = open()
    await client.authenticate()
    const seen = await client.say("<message to='romeo@example.net'/>")
    expect(conditions(seen)).toEqual(['not-authorized'])
    expect(seen.at(-1)).toBe('</>')
    expect(client.isClosed).toBe(true)
  })

  test('12, 17, 20. RFC 6120 §4.9.1.2: a bad beginning gets our header, the error, the end', async () => {
    const cases = [
      ['<not-xml', 'not-well-formed'],
      [HEADER.replace("to='im.", "to='unknown."), 'host-unknown'],
      [HEADER.replace(" version='1.0' xml", ' xml'), 'unsupported-version'],
      [HEADER.replace('jabber:client', 'jabber:server'), 'invalid-namespace'],
      [HEADER.replace('<stream:stream', '<!DOCTYPE a><stream:stream'), 'restricted-xml'],
    ] as const
    for (const [text, condition] of cases) {
      const client = open()
      const seen = await client.say(text === '<not-xml' ? '<not-xml<' : text)
      expect(names(seen)).toEqual(['header', 'error', '</>'])
      expect(conditions(seen)).toEqual([condition])
      expect(client.isClosed).toBe(true)
      expect(client.kernel.environment.timers).toBe(0)
    }
  })

  test('37. RFC 6120 §6.4.5: five tries, then policy-violation', async () => {
    const client = open()
    await client.startTls()
    await client.say(HEADER)
    for (let n = 1; n <= 4; n++) expect(names(await client.say(WRONG))).toEqual(['failure'])
    const seen = await client.say(WRONG)
    expect(names(seen)).toEqual(['failure', 'error', '</>'])
    expect(conditions(seen)).toEqual(['policy-violation'])
  })

  test('34. RFC 6120 §6.4.2: after a failure another exchange succeeds', async () => {
    const client = open()
    await client.startTls()
    await client.say(HEADER)
    expect(names(await client.say(WRONG))).toEqual(['failure'])
    expect(names(await client.say(PLAIN))).toEqual(['success'])
  })

  test('CVE-2018-10847: the host of the authentication is the host of the stream', async () => {
    const client = open()
    await client.startTls()
    await client.say(HEADER)
    await client.say(PLAIN)
    client.restart()
    expect(conditions(await client.say(HEADER.replace("to='im.", "to='other.")))).toEqual(['not-authorized'])
  })

  test('CVE-2014-8760: PLAIN without TLS is refused before a password is looked at', async () => {
    const client = open()
    await client.say(HEADER)
    const [failure] = await client.say(PLAIN)
    expect((failure as Element).child('encryption-required')).toBeDefined()
  })

  test('RFC 6120 §10.1: a stanza that takes time holds the later ones, in order, and only this stream', async () => {
    const client = open()
    const session = await client.establish()
    let finish = () => {}
    session.answer = (element) =>
      element.attribute('id') === 'slow'
        ? new Promise<void>((resolve) => {
            finish = resolve
          })
        : undefined
    await client.say("<message id='1'/><message id='slow'/><message id='3'/><message id='4'/>")
    await client.say("<message id='5'/>")
    expect(session.received).toEqual(['1', 'slow'])
    finish()
    await settle()
    expect(session.received).toEqual(['1', 'slow', '3', '4', '5'])
  })

  test('RFC 6120 §4.4: what was said before </stream> is treated before the end', async () => {
    const client = open()
    const session = await client.establish()
    let finish = () => {}
    session.answer = () =>
      new Promise<void>((resolve) => {
        finish = resolve
      })
    await client.say("<message id='1'/><message id='2'/></stream:stream>")
    expect([session.received, session.ends]).toEqual([['1'], []])
    finish()
    await settle()
    finish()
    await settle()
    expect([session.received, session.ends]).toEqual([['1', '2'], ['closed']])
  })

  test('16. RFC 6120 §4.9.1.1: an error in an established stream: error, </stream>, end', async () => {
    const client = open()
    const session = await client.establish()
    const seen = await client.say("<message id='1'/><message></presence>")
    expect(conditions(seen)).toEqual(['not-well-formed'])
    expect(seen.at(-1)).toBe('</>')
    expect([session.received, session.ends]).toEqual([['1'], ['error']])
  })
})

test('the address and TLS of the connection are those of the stream', () => {
  const client = new Client(undefined)
  expect([client.stream.remoteAddress, client.stream.secure, client.stream.bufferedBytes]).toEqual(['memory', false, 0])
  expect(parseJid('juliet@im.example.com').local).toBe('juliet')
})
