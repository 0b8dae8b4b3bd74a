import { iq, message } from '@parlour/stanza'
import { el } from '@parlour/xml'
import { test } from 'vitest'
import { Scene } from '../scene.fixture.ts'
import { pingServer } from './server.ts'
import { PING_NAMESPACE } from './wire.ts'

test('a request to the server, from the session to its answer', async ({ bench }) => {
  const scene = await Scene.open([pingServer], { accounts: ['romeo@example.com', 'juliet@example.com'] })
  const [romeo, juliet] = [
    await scene.online('romeo@example.com/orchard'),
    await scene.online('juliet@example.com/balcony'),
  ]
  for (const client of [romeo, juliet]) client.stream.send = () => {}
  const ping = iq({ type: 'get', id: 'p', to: 'example.com', payload: el('ping', PING_NAMESPACE) })
  const chat = message({ to: 'juliet@example.com', type: 'chat', id: 'm', body: 'Art thou not Romeo?' })
  await bench.compare(
    bench('ping', () => {
      void romeo.session.receive(ping)
    }),
    bench('for comparison: one chat message to a bare address', () => {
      void romeo.session.receive(chat)
    }),
  )
})
