import { FakeEnvironment } from '@parlour/testing'
import { expect, test, vi } from 'vitest'
import { OpenStreams } from './open-streams.ts'
import type { ClientStream } from './stream/kernel-port.ts'

const stream = () => ({ close: vi.fn(), destroy: vi.fn() }) as unknown as ClientStream

test('RFC 6120 §4.9.3.20: all are told, and the end comes when the last one is gone', async () => {
  const streams = new OpenStreams(new FakeEnvironment())
  const [one, other] = [stream(), stream()]
  streams.opened(one)
  streams.opened(other)
  const end = streams.shutDown(5000)
  expect(one.close).toHaveBeenCalledWith(expect.objectContaining({ condition: 'system-shutdown' }))
  streams.gone(one)
  streams.gone(other)
  await end
  expect(one.destroy).not.toHaveBeenCalled()
})

test('what is under way is waited for', async () => {
  const streams = new OpenStreams(new FakeEnvironment())
  const { promise, resolve } = Promise.withResolvers<void>()
  void streams.track(promise)
  let isOver = false
  const end = streams.shutDown(5000).then(() => {
    isOver = true
  })
  await Promise.resolve()
  expect(isOver).toBe(false)
  resolve()
  await end
})

test('a client that does not go is dropped when the time is over', async () => {
  const environment = new FakeEnvironment()
  const streams = new OpenStreams(environment)
  const one = stream()
  streams.opened(one)
  const end = streams.shutDown(5000)
  environment.advance(5000)
  await end
  expect(one.destroy).toHaveBeenCalledOnce()
  expect(environment.pendingTimers).toBe(0)
})
