import { StanzaError } from '@parlour/stanza'
import type { Element } from '@parlour/xml'
import { StreamError } from '@parlour/xml-stream'
import { describe, expect, test } from 'vitest'
import { BIND, Client, conditions, HEADER, names, RecordingSession, settle } from './client-stream.fixture.ts'

describe('binding', () => {
  test('41. RFC 6120 §7.7.2.2: a conflict is a stanza error, the next try may succeed', async () => {
    const client = new Client(undefined)
    const { bind } = client.kernel
    client.kernel.bind = () => Promise.resolve(new StanzaError('conflict'))
    await client.authenticate()
    const [error] = await client.say(BIND)
    expect(StanzaError.fromElement(error as Element).condition).toBe('conflict')
    client.kernel.bind = bind
    expect((await client.say(BIND)).map(String)[0]).toContain("type='result'")
  })

  test('a session that comes after the connection is gone hears that it is lost', async () => {
    const client = new Client(undefined)
    const { bind } = client.kernel
    let finish = () => {}
    client.kernel.bind = async (...values) => {
      await new Promise<void>((resolve) => {
        finish = resolve
      })
      return bind(...values)
    }
    await client.authenticate()
    await client.say(BIND)
    client.connection.destroy()
    await settle()
    finish()
    await settle()
    expect(client.kernel.sessions[0]?.ends).toEqual(['lost'])
  })

  test('RFC 6120 §7.1: what comes for a session before the client has heard its address is written behind the answer', async () => {
    const client = new Client(undefined)
    const { bind } = client.kernel
    client.kernel.bind = async (...values) => {
      values[2].send("<message id='early'/>")
      const session = await bind(...values)
      values[2].send("<message id='waiting'/>")
      return session
    }
    await client.authenticate()
    const seen = (await client.say(BIND)) as Element[]
    expect(seen.map((each) => each.attribute('id'))).toEqual(['b1', 'early', 'waiting'])
    expect(seen[0]?.child('bind', 'urn:ietf:params:xml:ns:xmpp-bind')).toBeDefined()
    client.stream.send("<message id='later'/>")
    expect(((await client.hear()) as Element[]).map((each) => each.attribute('id'))).toEqual(['later'])
  })

  test('what the kernel throws ends this stream with internal-server-error, and is reported', async () => {
    const client = new Client(undefined)
    client.kernel.bind = () => {
      throw new Error('disk')
    }
    await client.authenticate()
    expect(conditions(await client.say(BIND))).toEqual(['internal-server-error'])
    expect(client.kernel.errors).toEqual([new Error('disk')])
  })

  test('what it throws as a StreamError is what the client did wrong: it hears that, and nothing is reported', async () => {
    const client = new Client(undefined)
    client.kernel.more = {
      negotiationNamespaces: new Set(['urn:xmpp:sm:3']),
      negotiate: () => Promise.reject(new StreamError('undefined-condition')),
    }
    await client.authenticate()
    expect(conditions(await client.say("<resume xmlns='urn:xmpp:sm:3' previd='x' h='7'/>"))).toEqual([
      'undefined-condition',
    ])
    expect(client.kernel.errors).toEqual([])
  })

  test('RFC 3921 §3: the session request of old clients gets an empty result', async () => {
    const client = new Client(undefined)
    const session = await client.establish()
    const [result] = await client.say(
      "<iq type='set' id='s1'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>",
    )
    expect(String(result)).toContain("id='s1'")
    expect((result as Element).attribute('type')).toBe('result')
    expect(session.received).toEqual([])
  })

  test('RFC 6120 §8.2.3: what is not that very request is a stanza as any other, answered by nobody in another name', async () => {
    const client = new Client(undefined)
    const session = await client.establish()
    const payload = "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>"
    const answers = await client.say(
      `<iq type='set' id='1' to='romeo@im.example.com' from='nurse@im.example.com'>${payload}</iq>` +
        `<iq type='set'>${payload}</iq>` +
        `<iq type='set' id='3'>${payload}<other xmlns='urn:x'/></iq>` +
        `<iq xmlns='urn:x' type='set' id='4'>${payload}</iq>` +
        `<iq type='set' id='5' to='im.example.com' from='nurse@im.example.com'>${payload}</iq>`,
    )
    expect(session.received).toEqual(['1', 'iq', '3', '4'])
    expect(answers.map(String)).toEqual(["<iq xmlns='jabber:client' from='im.example.com' id='5' type='result'/>"])
  })

  test('XEP-0077 §3: a registration before authentication reaches the host', async () => {
    const client = new Client(undefined)
    client.kernel.more = {
      beforeAuthentication: (iq, stream) => stream.send(`<iq type='result' id='${iq.attribute('id')}'/>`),
    }
    await client.startTls()
    await client.say(HEADER)
    const [result] = await client.say("<iq type='get' id='r1'><query xmlns='jabber:iq:register'/></iq>")
    expect((result as Element).attribute('id')).toBe('r1')
  })

  test('XEP-0198 §5: an extension may take the place of bind', async () => {
    const client = new Client(undefined)
    let session: RecordingSession | undefined
    client.kernel.more = {
      negotiationNamespaces: new Set(['urn:xmpp:sm:3']),
      negotiate: (account, element, stream) => {
        if (element.attribute('previd') !== 'known') {
          stream.send("<failed xmlns='urn:xmpp:sm:3'/>")
          return undefined
        }
        session = new RecordingSession(account.withResource('old'), stream)
        return session
      },
    }
    await client.authenticate()
    expect(names(await client.say("<resume xmlns='urn:xmpp:sm:3' previd='x'/>"))).toEqual(['failed'])
    await client.say("<resume xmlns='urn:xmpp:sm:3' previd='known'/>")
    await client.say("<message id='1'/>")
    expect(session?.received).toEqual(['1'])
  })
})
