import { createMemoryStorage, type Storage, StorageError } from '@parlour/storage'
import { expect, it } from 'vitest'
import { Network } from './federation.fixture.ts'
import { all, message, start, tell } from './links.fixture.ts'

it('a secret of dialback that cannot be read is read again for who needs it next', async () => {
  const network = new Network()
  let failures = 0
  const inner = createMemoryStorage()
  const storage = new Proxy(inner, {
    get(target, name) {
      if (name === 'get')
        return (...[store, owner, key]: Parameters<Storage['get']>) =>
          store === 'secrets' && key === 'dialback' && failures++ < 1
            ? Promise.reject(new StorageError('unavailable', 'not now'))
            : target.get(store, owner, key)
      const value = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const policy = { security: 'dialback' } as const
  const a = await start(network, 'a.example', { policy, storage })
  const b = await start(network, 'b.example', { policy })
  const [juliet, romeo] = [await a.connect(), await b.connect()]
  await tell(juliet, message('b.example', '1'))
  await network.pass(15_000)
  expect(all(romeo.heard)).toContain('<body>1</body>')
  expect(all(juliet.heard)).not.toContain('<error')
  expect(failures).toBe(2)
})
