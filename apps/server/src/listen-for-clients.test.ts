import { connect } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { createTestServer } from './index.ts'

afterEach(() => {
  vi.useRealTimers()
})

test.each(['directTls', 'starttls'] as const)(
  'limits.negotiationSeconds: who connects to %s and says nothing is disconnected by then, and not before',
  async (kind) => {
    await using server = await createTestServer({ domain: 'localhost', limits: { negotiationSeconds: 7 } })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const socket = connect({ host: '127.0.0.1', port: server.listeners[kind]?.address.port as number })
    socket.resume().on('error', () => {})
    await vi.waitUntil(() => vi.getTimerCount() > 0)
    await vi.advanceTimersByTimeAsync(6900)
    expect(socket.destroyed).toBe(false)
    // Far from the 30 s of the default.
    await vi.advanceTimersByTimeAsync(7000)
    await vi.waitUntil(() => socket.destroyed)
  },
)
