import { StreamError } from '@parlour/xml-stream'
import { describe, expect, test } from 'vitest'
import { Client, conditions, HEADER, names, settle } from './client-stream.fixture.ts'

describe('time', () => {
  test('OF-1918: 30 s after accepting, a client that is not bound is ended, whatever it sends', async () => {
    const client = new Client(undefined)
    await client.authenticate()
    client.kernel.environment.pass(29_999)
    expect(await client.say(' ')).toEqual([])
    client.kernel.environment.pass(1)
    expect(conditions(await client.hear())).toEqual(['connection-timeout'])
    expect(client.isClosed).toBe(true)
  })

  test('a client that says nothing at all is ended too', async () => {
    const client = new Client(undefined)
    client.kernel.environment.pass(30_000)
    expect(names(await client.hear())).toEqual(['header', 'error', '</>'])
  })

  test('the limit ends with binding', async () => {
    const client = new Client(undefined)
    const session = await client.establish()
    expect(client.kernel.environment.timers).toBe(0)
    client.kernel.environment.pass(100_000)
    await settle()
    expect(session.ends).toEqual([])
  })
})

describe('closing', () => {
  test('6. RFC 6120 §4.4: our </stream>, what the client still says, its </stream>, the end', async () => {
    const client = new Client(undefined)
    const session = await client.establish()
    client.stream.close()
    client.stream.close()
    client.stream.send('<message/>')
    expect(await client.hear()).toEqual(['</>'])
    await client.say("<message id='late'/>")
    expect(session.received).toEqual(['late'])
    expect(session.ends).toEqual([])
    await client.say('</stream:stream>')
    expect(session.ends).toEqual(['closed'])
    expect(client.isClosed).toBe(true)
    expect(client.kernel.environment.timers).toBe(0)
  })

  test('6. RFC 6120 §4.4: the wait for the client’s </stream> is bounded', async () => {
    const client = new Client(undefined)
    const session = await client.establish()
    client.stream.close()
    await settle()
    expect(client.isClosed).toBe(false)
    client.kernel.environment.pass(5_000)
    await settle()
    expect(client.isClosed).toBe(true)
    expect(session.ends).toEqual(['closed'])
  })

  test('a stream that is closed before it is bound leaves no timer', async () => {
    const client = new Client(undefined)
    await client.say(HEADER)
    client.stream.close(new StreamError('system-shutdown'))
    expect(conditions(await client.hear())).toEqual(['system-shutdown'])
    await client.say('</stream:stream>')
    expect(client.isClosed).toBe(true)
    expect(client.kernel.environment.timers).toBe(0)
  })

  test('41. RFC 6120 §7.7.2.2: close with conflict: the error, and the client is not heard any more', async () => {
    const client = new Client(undefined)
    const session = await client.establish()
    client.stream.close(new StreamError('conflict'))
    expect(session.ends).toEqual([])
    expect(conditions(await client.hear())).toEqual(['conflict'])
    expect(session.ends).toEqual(['error'])
    await client.say("<message id='late'/></stream:stream>")
    expect(session.received).toEqual([])
    expect(session.ends).toEqual(['error'])
    expect(client.isClosed).toBe(true)
  })

  test('a connection that breaks is lost, once', async () => {
    const client = new Client(undefined)
    const session = await client.establish()
    client.connection.destroy()
    await settle()
    client.stream.destroy()
    client.stream.close()
    await settle()
    expect(session.ends).toEqual(['lost'])
    expect(client.kernel.environment.timers).toBe(0)
  })

  test('a session is not there for ever because something of it never ends', async () => {
    const client = new Client(undefined)
    const session = await client.establish()
    session.answer = () => new Promise(() => {})
    await client.say("<message id='1'/><message id='2'/>")
    client.connection.destroy()
    await settle()
    expect(session.ends).toEqual([])
    client.kernel.environment.pass(5_000)
    expect(session.ends).toEqual(['lost'])
    expect(session.received).toEqual(['1'])
    expect(client.kernel.environment.timers).toBe(0)
  })

  test('destroy: lost, once', async () => {
    const client = new Client(undefined)
    const session = await client.establish()
    client.stream.destroy()
    await settle()
    expect(session.ends).toEqual(['lost'])
    expect(client.isClosed).toBe(true)
  })

  test('what a session throws or rejects ends its stream alone, reported', async () => {
    for (const answer of [
      () => {
        throw new Error('bug')
      },
      () => Promise.reject(new Error('bug')),
    ]) {
      const client = new Client(undefined)
      const session = await client.establish()
      session.answer = answer
      expect(conditions(await client.say("<message id='1'/><message id='2'/>"))).toEqual(['internal-server-error'])
      expect(session.received).toEqual(['1'])
      expect(client.kernel.errors).toEqual([new Error('bug')])
      expect(session.ends).toEqual(['error'])
    }
  })
})
