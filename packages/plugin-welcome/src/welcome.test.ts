import { type Client, connect, presence } from '@parlour/client'
import { createTestServer, type Server, type ServerOptions } from '@parlour/server'
import { type Message, message, type StanzaError } from '@parlour/stanza'
import { el } from '@parlour/xml'
import { afterEach, beforeEach, expect, test } from 'vitest'
import welcome, { noticeElement, WELCOME_NAMESPACE } from './index.ts'

let undo: AsyncDisposableStack
beforeEach(() => {
  undo = new AsyncDisposableStack()
})
afterEach(() => undo.disposeAsync())

/** A server with this plug-in, and two accounts. */
async function serve(section: Record<string, unknown> = {}, options: ServerOptions = {}): Promise<Server> {
  const modules = { welcome: section }
  const server = undo.use(await createTestServer({ domain: 'localhost', extraModules: [welcome], modules, ...options }))
  for (const name of ['alice', 'bob']) await server.addAccount(`${name}@localhost`, 'secret')
  return server
}

interface Person {
  readonly client: Client
  /** The next message that arrives. */
  next(): Promise<Message>
}

async function signIn(server: Server, name: string): Promise<Person> {
  const service = `127.0.0.1:${server.listeners.starttls?.address.port}`
  const jid = `${name}@localhost`
  const client = undo.use(
    await connect({ jid, password: 'secret', service, ca: server.developmentAuthorityPem ?? '', reconnection: false }),
  )
  const messages = client.messages()[Symbol.asyncIterator]()
  await client.use(presence).send()
  return { client, next: async () => (await messages.next()).value as Message }
}

test('a new account is welcomed once, in the words of the configuration', async () => {
  const server = await serve({ text: 'Hello {name}, this is {domain}.' })
  const first = await signIn(server, 'alice')
  const welcome = await first.next()
  expect([welcome.body, welcome.from?.toString()]).toEqual(['Hello alice, this is localhost.', 'localhost'])
  await first.client.close()
  const again = await signIn(server, 'alice')
  const bob = await signIn(server, 'bob')
  expect((await bob.next()).body).toBe('Hello bob, this is localhost.')
  await bob.client.send(message({ to: 'alice@localhost', body: 'Nothing came before this' }))
  expect((await again.next()).body).toBe('Nothing came before this')
})

test('an administrator changes the notice: who is online gets it at once, others when they come, each once', async () => {
  const server = await serve({ administrators: ['alice@localhost'] })
  const [alice, bob] = [await signIn(server, 'alice'), await signIn(server, 'bob')]
  await Promise.all([alice.next(), bob.next()])
  await bob.client.close()
  await alice.client.iq.set(noticeElement('Backup at noon'), { to: 'localhost' })
  expect((await alice.next()).body).toBe('Backup at noon')
  expect((await (await signIn(server, 'bob')).next()).body).toBe('Backup at noon')
  expect((await alice.client.iq.get(noticeElement(), { to: 'localhost' }))?.text()).toBe('Backup at noon')
})

test('nobody else changes it', async () => {
  const bob = await signIn(await serve({ administrators: ['alice@localhost'] }), 'bob')
  const refusal = bob.client.iq.set(noticeElement('Free beer'), { to: 'localhost' })
  await expect(refusal).rejects.toMatchObject({ condition: 'forbidden' } satisfies Partial<StanzaError>)
  expect((await bob.client.iq.get(noticeElement(), { to: 'localhost' }))?.text()).toBe('')
})

test('a removed account leaves nothing: a new one of that name is welcomed', async () => {
  const server = await serve()
  const alice = await signIn(server, 'alice')
  await alice.next()
  await server.kernel.accounts.remove(alice.client.jid.bare)
  await alice.client.close()
  await server.addAccount('alice@localhost', 'secret')
  expect((await (await signIn(server, 'alice')).next()).body).toBe('Welcome to localhost, alice!')
})

test('XEP-0030: the server tells that it has notices', async () => {
  const alice = await signIn(await serve(), 'alice')
  const answer = await alice.client.iq.get(el('query', 'http://jabber.org/protocol/disco#info'), { to: 'localhost' })
  const features = answer?.childrenNamed('feature').map((feature) => feature.attribute('var'))
  expect(features).toContain(WELCOME_NAMESPACE)
})

test('a fault in its section keeps the server from starting, and says what is wrong', async () => {
  await expect(serve({ texts: 'Hello', administrators: ['@'] })).rejects.toMatchObject({
    faults: [
      { path: 'modules.welcome.administrators.0', reason: expect.stringContaining('is no address') },
      { path: 'modules.welcome.texts', reason: 'is not a setting; did you mean "text"?' },
    ],
  })
})
