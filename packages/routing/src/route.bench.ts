import { parseJid } from '@parlour/jid'
import { message, readStanza } from '@parlour/stanza'
import { test } from 'vitest'
import { type RoutingContext, route } from './route.ts'
import { type RoutedSession, SessionDirectory } from './session-directory.ts'

const directory = new SessionDirectory<RoutedSession>()
for (let user = 0; user < 20_000; user++) {
  directory.add({ jid: parseJid(`user${user}@example.net/phone`), available: true, priority: 0 })
  directory.add({ jid: parseJid(`user${user}@example.net/desk`), available: true, priority: 5 })
}
const context: RoutingContext<RoutedSession> = {
  directory,
  domainKind: (domain) => (domain === 'example.net' ? 'local' : 'remote'),
  sharesPresence: () => true,
}
const sender = parseJid('juliet@example.com/balcony')

function chatTo(address: string): () => void {
  const stanza = readStanza(message({ to: address, type: 'chat', body: 'hello' }))
  const to = parseJid(address)
  return () => {
    route(stanza, to, sender, context)
  }
}

test('a chat message among 40,000 sessions', async ({ bench }) => {
  await bench.compare(
    bench('to a full JID', chatTo('user777@example.net/phone')),
    bench('to a bare JID', chatTo('user777@example.net')),
    bench('to no such resource', chatTo('user777@example.net/none')),
    bench('to an account without sessions', chatTo('nobody@example.net')),
    bench('to another domain', chatTo('someone@example.org')),
  )
})

test('the directory of 40,000 sessions', async ({ bench }) => {
  const guest: RoutedSession = { jid: parseJid('user9@example.net/guest'), available: false, priority: 0 }
  await bench.compare(
    bench('a session comes and goes', () => {
      directory.add(guest)
      directory.remove(guest)
    }),
    bench('find', () => {
      directory.find('user19999@example.net', 'desk')
    }),
  )
})
