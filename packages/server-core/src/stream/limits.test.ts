import { describe, expect, test } from 'vitest'
import { Client, conditions, HEADER, settle } from './client-stream.fixture.ts'

describe('limits', () => {
  test('22. RFC 6120 §13.12: before authentication 10 000 bytes, after it more', async () => {
    const client = new Client(undefined)
    await client.say(HEADER)
    expect(conditions(await client.say(`<iq><x>${'a'.repeat(10_001)}</x></iq>`))).toEqual(['policy-violation'])
    const bound = new Client(undefined)
    const session = await bound.establish()
    await bound.say(`<message id='1'><body>${'a'.repeat(20_000)}</body></message>`)
    expect(session.received).toEqual(['1'])
  })

  test('a client that does not read is dropped at the bound, and costs nobody else anything', async () => {
    const client = new Client(undefined, { maxOutboundBytes: 10_000 })
    const session = await client.establish()
    client.connection.pause()
    for (let n = 0; n < 50; n++) client.stream.send(`<message><body>${'a'.repeat(1000)}</body></message>`)
    expect(client.stream.bufferedBytes).toBeLessThanOrEqual(11_000)
    await settle()
    expect(session.ends).toEqual(['lost'])
  })

  test('RFC 6120 §13.12: more bytes than the rate allows are read later, not refused', async () => {
    const client = new Client(undefined, { inboundBurstBytes: 5_000, inboundBytesPerSecond: 1_000 })
    const session = await client.establish()
    const message = (id: string) => `<message id='${id}'><body>${'a'.repeat(2_960)}</body></message>`
    for (const id of ['1', '2', '3', '4']) await client.say(message(id))
    const early = session.received.length
    expect(early).toBeLessThan(4)
    for (let seconds = 0; seconds < 12; seconds++) {
      client.kernel.environment.pass(1_000)
      await settle()
    }
    expect(session.received).toEqual(['1', '2', '3', '4'])
  })
})

describe('RFC 6120 §13.12: a few bytes that cause much work leave others their turn', () => {
  const cases: [string, () => void | Promise<void>][] = [
    ['at once', () => {}],
    ['by promises that are settled', () => Promise.resolve()],
  ]
  test.each(cases)('treated %s', async (_, result) => {
    const client = new Client(undefined)
    const session = await client.establish()
    const { environment } = client.kernel
    session.answer = () => {
      environment.pass(50)
      return result()
    }
    await client.say("<presence id='1'/><presence id='2'/><presence id='3'/>")
    expect(session.received).toEqual(['1'])
    environment.pass(30)
    await client.hear()
    expect(session.received).toEqual(['1', '2'])
    environment.pass(50)
    await client.hear()
    expect(session.received).toEqual(['1', '2', '3'])
  })

  test('what is waited for longer is nobody’s work', async () => {
    const client = new Client(undefined)
    const session = await client.establish()
    session.answer = () => new Promise((resolve) => client.kernel.environment.setTimer(1000, resolve))
    await client.say("<presence id='1'/><presence id='2'/>")
    client.kernel.environment.pass(1000)
    await client.hear()
    expect(session.received).toEqual(['1', '2'])
  })
})
