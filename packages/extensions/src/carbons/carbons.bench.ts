import { message } from '@parlour/stanza'
import { test } from 'vitest'
import { Scene } from '../scene.fixture.ts'
import { carbonsServer } from './server.ts'

const accounts = ['romeo@example.com', 'juliet@example.com']

async function romeo(modules: Parameters<typeof Scene.open>[0], copies: number) {
  const scene = await Scene.open(modules, { accounts })
  const sender = await scene.online('romeo@example.com/orchard')
  const clients = [sender, await scene.online('juliet@example.com/balcony')]
  for (let number = 0; number < copies; number++) {
    const other = await scene.online(`romeo@example.com/${number}`)
    await other.request("<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>")
    clients.push(other)
  }
  for (const client of clients) client.stream.send = () => {}
  return sender
}

test('one chat message, by how many other clients of its sender want copies', async ({ bench }) => {
  const chat = message({ to: 'juliet@example.com', type: 'chat', id: 'm', body: 'Art thou not Romeo?' })
  const [without, none, one, three] = [
    await romeo([], 0),
    await romeo([carbonsServer], 0),
    await romeo([carbonsServer], 1),
    await romeo([carbonsServer], 3),
  ]
  await bench.compare(
    bench('no module', () => void without.session.receive(chat)),
    bench('none', () => void none.session.receive(chat)),
    bench('one', () => void one.session.receive(chat)),
    bench('three', () => void three.session.receive(chat)),
  )
})
