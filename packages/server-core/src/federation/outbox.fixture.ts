import { createMemoryStorage, type Storage, StorageError, type Write } from '@parlour/storage'
import { expect } from 'vitest'
import type { Network, Server, ServerOptions } from './federation.fixture.ts'
import { message, start, tell } from './links.fixture.ts'

/** A storage, and what a server that is killed does to it: nothing any more. */
export class Mortal {
  readonly storage: Storage
  readonly inner = createMemoryStorage()
  isDead = false
  /** Commits that take something out of the outbox fail. */
  failsRemoval = false
  /** Pages of the outbox cannot be read. */
  failsReading = false

  constructor() {
    this.storage = new Proxy(this.inner, {
      get: (inner, name) => {
        if (name === 'commit') return (writes: Parameters<Storage['commit']>[0]) => this.#commit(writes)
        if (name === 'readArchive' && this.failsReading)
          return () => Promise.reject(new StorageError('unavailable', 'unreadable'))
        const value = Reflect.get(inner, name)
        return typeof value === 'function' ? value.bind(inner) : value
      },
    })
  }

  /** Texts in the outbox of a domain, in order. */
  async kept(domain = 'a.example'): Promise<string[]> {
    const { entries } = await this.inner.readArchive('federation', domain, { max: 100 })
    return entries.map(({ value }) => /<body>(.*?)<\/body>/.exec(value as string)?.[1] ?? (value as string))
  }

  #commit(writes: Parameters<Storage['commit']>[0]): Promise<void> {
    const fails = this.failsRemoval && writes.some(({ type }) => type === 'remove')
    if (this.isDead || fails) return Promise.reject(new StorageError('unavailable', 'gone'))
    return this.inner.commit(writes)
  }
}

/** A server that can be killed, and started again with what it had stored. */
export async function mortal(network: Network, options: ServerOptions = {}) {
  const memory = new Mortal()
  let isDead = false
  const life = (mortalStorage: Mortal, isAlive: () => boolean): ServerOptions => ({
    ...options,
    storage: mortalStorage.storage,
    connector: {
      locate: (domain) => network.locate(domain),
      connect: async (_, { local, remote }) => {
        if (!isAlive()) throw new Error('killed')
        return network.connect(local, remote)
      },
    },
  })
  const a = await start(
    network,
    'a.example',
    life(memory, () => !isDead),
  )
  /** The second one has another storage in front of the same memory. */
  const again = async (): Promise<{ a: Server; memory: Mortal }> => {
    memory.isDead = true
    isDead = true
    for (const wire of network.wires) wire.halfOpen()
    network.leave('a.example')
    const second = new Mortal()
    await second.inner.commit(await copyOf(memory.inner))
    second.failsReading = memory.failsReading
    return {
      a: await start(
        network,
        'a.example',
        life(second, () => true),
      ),
      memory: second,
    }
  }
  return { a, memory, again, juliet: await a.connect() }
}

/** The other server was there, and is gone for a while. */
export async function away(network: Network, { juliet, memory }: Awaited<ReturnType<typeof mortal>>): Promise<void> {
  const b = await start(network, 'b.example')
  const romeo = await b.connect()
  await tell(juliet, message('b.example', '0'))
  await network.until(() => romeo.heard.length > 0, 'romeo hears')
  await network.pass(3_000)
  expect(await memory.kept()).toEqual([])
  network.leave('b.example')
  await b.kernel.stop()
  await network.settle()
}

async function copyOf(storage: Storage): Promise<readonly Write[]> {
  const copies: Write[] = []
  for (const owner of await storage.archiveOwners('federation', { max: 100 })) {
    const { entries } = await storage.readArchive('federation', owner, { max: 100 })
    copies.push(...entries.map((entry) => ({ type: 'append' as const, archive: 'federation', owner, ...entry })))
  }
  for (const owner of await storage.owners('accounts'))
    for (const [key, value] of await storage.list('accounts', owner))
      copies.push({ type: 'put', store: 'accounts', owner, key, value })
  return copies
}
