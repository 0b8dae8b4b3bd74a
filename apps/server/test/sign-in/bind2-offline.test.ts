import { archiveClient } from '@parlour/archive/client'
import { type ConnectOptions, connect } from '@parlour/client'
import { message, presence } from '@parlour/stanza'
import { el } from '@parlour/xml'
import { expect, test } from 'vitest'
import { createTestServer } from '../../src/create-test-server.ts'
import type { Server } from '../../src/index.ts'

type Client = Awaited<ReturnType<typeof connect>>

const PHONE = 'd4565fa7-4d72-4749-b3d3-740edbf87770'
const [ALICE, BOB] = ['alice@localhost', 'bob@localhost']

async function open() {
  const server = await createTestServer({ domain: 'localhost' })
  for (const account of [ALICE, BOB]) await server.addAccount(account, 'secret')
  const come = (jid: string, options: Partial<ConnectOptions> = {}) =>
    connect({
      ...{ jid, password: 'secret', reconnection: false, ca: server.developmentAuthorityPem ?? '', ...options },
      service: `127.0.0.1:${server.listeners.starttls?.address.port}`,
    })
  return { server, come }
}

type Come = Awaited<ReturnType<typeof open>>['come']

/** Waits until the server has handled what the client sent. */
const handled = (client: Client) => client.iq.get(el('ping', 'urn:xmpp:ping'), { to: 'localhost' })

async function write(come: Come, ...texts: string[]): Promise<void> {
  await using bob = await come(BOB)
  for (const body of texts) await bob.send(message({ to: ALICE, type: 'chat', body }))
  await handled(bob)
}

/** Becomes available: what comes before the end. */
async function receive(client: Client): Promise<(string | undefined)[]> {
  const bodies: (string | undefined)[] = []
  const ended = new Promise<void>((resolve) => {
    client.stanzas((stanza) => {
      if (stanza.kind !== 'message') return
      if (stanza.body === 'the end') resolve()
      else bodies.push(stanza.body)
    })
  })
  await client.send(presence({}))
  await handled(client)
  await client.send(message({ to: client.jid, type: 'chat', body: 'the end' }))
  await ended
  return [...bodies]
}

async function archived(client: Client): Promise<(string | undefined)[]> {
  const bodies: (string | undefined)[] = []
  for await (const each of client.use(archiveClient).since(undefined)) bodies.push(each.message.body)
  return bodies.filter((body) => body !== 'the end')
}

/** Alice's phone signs in, catches up if it does so, and goes. */
async function visit(come: Come, { id = PHONE, catchesUp = false } = {}): Promise<(string | undefined)[]> {
  const alice = await come(ALICE, { userAgent: { id } })
  const bodies = await receive(alice)
  if (catchesUp) await archived(alice)
  await alice.close()
  return bodies
}

const closing = async (server: Server, run: () => Promise<void>): Promise<void> => {
  await using _ = server
  await run()
}

test('XEP-0386 §3.2: offline messages are cleared "without sending" for a client that catches up from its archive', async () => {
  const { server, come } = await open()
  await closing(server, async () => {
    await write(come, 'one')
    expect(await visit(come, { catchesUp: true })).toEqual(['one'])
    await write(come, 'two', 'three')
    await using alice = await come(ALICE, { userAgent: { id: PHONE } })
    expect(await receive(alice)).toEqual([])
    expect(await archived(alice)).toEqual(['one', 'two', 'three'])
  })
})

test('a client that never looks into the archive gets them, and so does one that binds by RFC 6120 §7', async () => {
  const { server, come } = await open()
  await closing(server, async () => {
    await visit(come, { catchesUp: true })
    await write(come, 'one')
    expect(await visit(come, { id: 'a4565fa7-4d72-4749-b3d3-740edbf87771' })).toEqual(['one'])
    await write(come, 'two')
    await using desktop = await come(`${ALICE}/desktop`)
    expect(await receive(desktop)).toEqual(['two'])
  })
})

test('what is not in the archive is delivered in any case', async () => {
  const { server, come } = await open()
  await closing(server, async () => {
    await visit(come, { catchesUp: true })
    await using other = await come(`${ALICE}/other`)
    await other.use(archiveClient).setPreferences({ default: 'never', always: [], never: [] })
    await other.close()
    await write(come, 'unarchived')
    expect(await visit(come)).toEqual(['unarchived'])
  })
})

test('who asks how many messages there are, or looks at former days, does not catch up by that', async () => {
  const { server, come } = await open()
  await closing(server, async () => {
    await write(come, 'one')
    const alice = await come(ALICE, { userAgent: { id: PHONE } })
    expect(await receive(alice)).toEqual(['one'])
    const archive = alice.use(archiveClient)
    expect((await archive.page({}, { max: 0 })).set.count).toBeGreaterThan(0)
    await archive.page({ start: 0, end: Date.UTC(2020, 1) })
    expect((await archive.page({}, { before: '' })).messages[0]?.message.body).toBe('one')
    await alice.close()
    await write(come, 'two')
    expect(await visit(come)).toEqual(['two'])
  })
})
