import { createMemoryStorage, type Storage } from '@parlour/storage'
import { parseXml } from '@parlour/xml'
import { test } from 'vitest'
import { type ManagedGuest, openManaged } from './stream-management.fixture.ts'

const BODY = 'Art thou not Romeo, and a Montague? '.repeat(8)
const MESSAGES = 100

/** What is committed is not kept: this is about the way to it. */
function swallowingStorage(): Storage {
  const storage = createMemoryStorage()
  storage.commit = () => Promise.resolve()
  return storage
}

/** A hundred messages from one client to another, and both acknowledge; a promise when they are acknowledged. */
async function conversation(isManaged: boolean): Promise<() => Promise<void>> {
  const scene = await openManaged({
    storage: swallowingStorage(),
    accounts: ['juliet@example.com', 'romeo@example.net'],
  })
  const [romeo, juliet] = [
    await scene.connect('romeo@example.net/orchard'),
    await scene.connect('juliet@example.com/balcony'),
  ]
  if (isManaged) for (const guest of [romeo, juliet]) await guest.enable()
  const message = parseXml(
    `<message xmlns='jabber:client' type='chat' id='m' to='juliet@example.com/balcony'><body>${BODY}</body></message>`,
  )
  return isManaged ? () => managed(romeo, juliet, message) : () => plain(romeo, juliet, message)
}

type Message = ReturnType<typeof parseXml>

async function plain(romeo: ManagedGuest, juliet: ManagedGuest, message: Message): Promise<void> {
  for (let n = 0; n < MESSAGES; n++) void romeo.session.receive(message)
  juliet.guest.heard.length = 0
  await Promise.resolve()
}

const REQUEST = parseXml("<r xmlns='urn:xmpp:sm:3'/>")
let handled = 0

async function managed(romeo: ManagedGuest, juliet: ManagedGuest, message: Message): Promise<void> {
  for (let n = 0; n < MESSAGES; n++) {
    void romeo.session.receive(message)
    handled++
    if (n % 10 !== 9) continue
    void juliet.session.receive(parseXml(`<a xmlns='urn:xmpp:sm:3' h='${handled}'/>`))
    void romeo.session.receive(REQUEST)
  }
  juliet.guest.heard.length = 0
  while (romeo.guest.heard.length === 0) await Promise.resolve()
  romeo.guest.heard.length = 0
}

test('100 messages from one client to another', async ({ bench }) => {
  const [without, durable] = [await conversation(false), await conversation(true)]
  await bench.compare(
    bench('without acknowledgements', () => without()),
    bench('both acknowledge every 10 (XEP-0198), entries and counts committed', () => durable()),
  )
})
