import { describe, expect, test } from 'vitest'
import { JULIET, openPush } from './push.fixture.ts'

describe('§7.1: errors', () => {
  test.each(['item-not-found', 'gone', 'forbidden', 'not-authorized', 'bad-request'] as const)(
    '%s: "SHOULD consider the particular JID and node combination to be disabled"',
    async (condition) => {
      const { service, away, chat, advance, storage } = await openPush()
      await away()
      service.answer = condition
      await chat('1')
      expect(service.counts()).toEqual([1])
      await chat('2')
      await advance(100_000)
      expect(service.counts()).toEqual([])
      expect(await storage.list('push/registrations', JULIET)).toEqual(new Map())
    },
  )

  test.each(['service-unavailable', 'remote-server-timeout', 'internal-server-error', 'silence'] as const)(
    '%s: tried again, later each time, with what there is then; given up after seven days',
    async (answer) => {
      const { scene, service, away, chat, advance, storage } = await openPush()
      await away()
      service.answer = answer
      await chat('1')
      await chat('2')
      expect(service.counts()).toEqual([1])
      const silence = answer === 'silence' ? 60_000 : 0
      await advance(silence)
      await advance(59_000)
      expect(service.counts()).toEqual([])
      await advance(1000)
      expect(service.counts()).toEqual([2])
      await advance(silence)
      await advance(60_000)
      expect(service.counts()).toEqual([])
      await advance(60_000)
      expect(service.counts()).toEqual([2])
      for (let hour = 0; hour < 7 * 24 + 7; hour++) await advance(3_600_000)
      expect(service.requests.length).toBeLessThan(50)
      expect(await storage.list('push/registrations', JULIET)).toEqual(new Map())
      expect(scene.environment.pendingTimers).toBe(0)
    },
  )

  test('a success in between begins anew', async () => {
    const { service, away, chat, advance, storage } = await openPush()
    await away()
    service.answer = 'service-unavailable'
    await chat('1')
    service.answer = 'result'
    await advance(60_000)
    expect(service.counts()).toEqual([1, 1])
    const [registration] = [...(await storage.list('push/registrations', JULIET)).values()]
    expect(registration).not.toHaveProperty('failures')
    await chat('2')
    await advance(1000)
    expect(service.counts()).toEqual([2])
  })

  test('RFC 6120 §8.1.2.1: an answer by somebody else is none', async () => {
    const { service, away, romeo, chat, storage } = await openPush()
    await away()
    service.answer = 'silence'
    await chat('1')
    const [request] = service.requests
    await romeo.send(
      `<iq type='error' id='${request?.id}' to='example.com'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>`,
    )
    expect((await storage.list('push/registrations', JULIET)).size).toBe(1)
  })

  test('§8: the service says that it wants no more, for its own nodes only', async () => {
    const { service, away, storage, chat } = await openPush()
    await away('n1')
    await service.end('other')
    expect((await storage.list('push/registrations', JULIET)).size).toBe(1)
    await service.end('n1')
    expect((await storage.list('push/registrations', JULIET)).size).toBe(0)
    await chat('1')
    expect(service.take()).toEqual([])
  })
})
