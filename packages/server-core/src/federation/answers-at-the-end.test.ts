import { createMemoryStorage } from '@parlour/storage'
import { FaultyStorage } from '@parlour/storage/faults'
import { parseXml } from '@parlour/xml'
import { expect, it } from 'vitest'
import { Network } from './federation.fixture.ts'
import { message, start, tell } from './links.fixture.ts'

/** A client that waits to be resumed has sent what waits for a server that there is not. */
async function scene() {
  const network = new Network()
  const storage = new FaultyStorage(createMemoryStorage())
  const a = await start(network, 'a.example', { storage })
  const juliet = await a.connect()
  await juliet.session.receive(parseXml("<enable xmlns='urn:xmpp:sm:3' resume='true'/>"))
  await tell(juliet, message('nowhere.example', '1'))
  juliet.session.closed('lost', juliet)
  const kept = () => storage.countArchive('federation', 'a.example')
  expect(await kept()).toBe(1)
  return { network, storage, a, kept }
}

it('a server that stops waits until it is stored that something did not arrive: it is not sent again', async () => {
  const { network, storage, a, kept } = await scene()
  storage.hold()
  await network.pass(70_000)
  expect(storage.waiting).toBeGreaterThan(0)
  const stopped = a.kernel.stop({ graceMs: 5_000 })
  await network.settle()
  storage.release()
  await stopped
  await network.settle()
  expect(await kept()).toBe(0)
})

it('where that cannot be stored for a session that is away, it is kept for the next start', async () => {
  const { network, storage, a, kept } = await scene()
  storage.fail('full', 'commit')
  await network.pass(70_000)
  storage.heal()
  await network.pass(5_000)
  expect(await kept()).toBe(1)
  expect(a.errors()).not.toEqual([])
})
