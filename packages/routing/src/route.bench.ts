import { parseJid } from '@parlour/jid'
import { message, readStanza } from '@parlour/stanza'
import { bench, describe } from 'vitest'
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

function target(address: string): () => void {
  const stanza = readStanza(message({ to: address, type: 'chat', body: 'hello' }))
  const to = parseJid(address)
  return () => {
    route(stanza, to, sender, context)
  }
}

describe('a chat message among 40,000 sessions', () => {
  bench('full JID', target('user777@example.net/phone'))
  bench('bare JID', target('user777@example.net'))
  bench('no such resource', target('user777@example.net/none'))
  bench('no sessions', target('nobody@example.net'))
  bench('remote', target('someone@example.org'))
})

describe('the directory', () => {
  const guest: RoutedSession = { jid: parseJid('user9@example.net/guest'), available: false, priority: 0 }
  bench('a session comes and goes', () => {
    directory.add(guest)
    directory.remove(guest)
  })
  bench('find', () => {
    directory.find('user19999@example.net', 'desk')
  })
})
