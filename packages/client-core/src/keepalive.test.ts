import { expect, test } from 'vitest'
import { online, settled } from '../test/fake-streams.ts'

test('XEP-0199 §4.2: a quiet server is asked, and its answer keeps the connection', async () => {
  using scene = await online({ keepalive: { interval: 60_000, timeout: 20_000 } })
  scene.environment.advance(59_999)
  expect(scene.stream.sent).toEqual([])
  scene.environment.advance(1)
  expect(scene.stream.last.toString()).toMatch(/<ping xmlns='urn:xmpp:ping'\/>/)
  expect(scene.stream.last.attributes).toMatchObject({ type: 'get', to: 'example.com' })
  scene.stream.receive(
    `<iq type='error' from='example.com' id='${scene.stream.last.attributes.id}'><error type='cancel'/></iq>`,
  )
  scene.environment.advance(20_000)
  await settled()
  expect(scene.client.state.status).toBe('online')
  scene.environment.advance(60_000)
  expect(scene.stream.sent).toHaveLength(2)
})

test('anything received is a sign of life: nothing is sent', async () => {
  using scene = await online({ keepalive: { interval: 60_000 } })
  for (let minute = 0; minute < 5; minute++) {
    scene.environment.advance(59_000)
    scene.stream.receive('<message/>')
    scene.environment.advance(1_000)
  }
  expect(scene.stream.sent).toEqual([])
})

test('a dead connection is found and dropped, and the client connects again', async () => {
  const scene = await online({ keepalive: { interval: 60_000, timeout: 20_000 } })
  scene.environment.advance(80_000)
  expect(scene.streams[0]?.destroyed).toBe(true)
  expect(scene.client.state).toMatchObject({ status: 'waiting', error: { code: 'keepalive-timeout' } })
  scene.environment.advance(1_000)
  await scene.client.online()
  expect(scene.streams).toHaveLength(2)
  await scene.client.close()
  expect(scene.environment.pendingTimers).toBe(0)
})

test('RFC 6120 §4.6.1: white space in place of pings', async () => {
  const scene = await online({ keepalive: { kind: 'whitespace', interval: 30_000 } })
  scene.environment.advance(90_000)
  expect(scene.stream.sent).toEqual([' ', ' ', ' '])
  expect(scene.client.state.status).toBe('online')
  await scene.client.close()
  expect(scene.environment.pendingTimers).toBe(0)
})

test('without keepalive an idle client has no timer', async () => {
  const scene = await online({ keepalive: false })
  expect(scene.environment.pendingTimers).toBe(0)
  await scene.client.close()
})
