import { createMemoryStorage } from '@parlour/storage'
import { FaultyStorage } from '@parlour/storage/faults'
import { expect, test } from 'vitest'
import { defineServerModule } from '../module.ts'
import { bind2, JULIET, PHONE, Server, tag } from './sign-in.fixture.ts'

test('a device that cannot be read of is signed in all the same: that is logged, and reaches nobody else', async () => {
  const storage = new FaultyStorage(createMemoryStorage())
  const server = await Server.open({ storage })
  await server.kernel.accounts.find(JULIET)
  const visitor = await server.connect()
  storage.fail('unavailable', 'read')
  const { names } = await visitor.signIn({ userAgent: PHONE, inline: [bind2(tag('A'))] })
  expect(names).toEqual(['success', 'features'])
  expect(server.log.errors).toMatchObject([{ message: 'a device could not be remembered' }])
})

test('XEP-0386 §3.2: a module that fails at what is had with the resource leaves no session behind', async () => {
  const failing = defineServerModule({
    name: 'failing',
    setup: (host) => [host.bindFeature({ namespace: 'urn:x', bound: () => Promise.reject(new Error('bug')) })],
  }) as never
  const server = await Server.open({ modules: [failing] })
  const visitor = await server.connect()
  const { names } = await visitor.signIn({ userAgent: PHONE, inline: [bind2(tag('A'))] })
  expect(names).toEqual(['error', '</>'])
  expect(server.kernel.directory.sessions('juliet@example.com')).toEqual([])
})
