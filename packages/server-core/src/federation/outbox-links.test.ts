import { parseJid } from '@parlour/jid'
import { StanzaError } from '@parlour/stanza'
import { describe, expect, it } from 'vitest'
import { defineServerModule } from '../module.ts'
import { Network } from './federation.fixture.ts'
import { all, message, start, tell } from './links.fixture.ts'
import { mortal } from './outbox.fixture.ts'

const DOMAINS = ['b.example', 'c.example', 'd.example', 'e.example']

/** Four servers that are away have a message each to get, when this one is killed; the next one may have fewer links. */
async function waiting(limits: Record<string, number>) {
  const undelivered: string[] = []
  const told = defineServerModule({
    name: 'told',
    setup: (host) => [
      host.on('undelivered', ({ stanza }) => {
        undelivered.push(`${stanza.from?.domain} ${StanzaError.fromElement(stanza.element).condition}`)
        return 'handled'
      }),
    ],
  })
  const network = new Network()
  const options = { limits: {}, modules: [told as never] }
  const first = await mortal(network, options)
  await first.a.kernel.accounts.create(parseJid('user@a.example'), 'secret')
  for (const domain of DOMAINS) await tell(first.juliet, message(domain, domain))
  expect(await first.memory.kept()).toEqual(DOMAINS)
  options.limits = limits
  const others = async () => {
    const servers = await Promise.all(DOMAINS.map((domain) => start(network, domain)))
    return Promise.all(servers.map((server) => server.connect()))
  }
  return { network, again: first.again, others, undelivered }
}

describe('what waited for more servers than there may be links to now', () => {
  it('is sent again: none that waited counts as one that an account has caused', async () => {
    const { network, again, others, undelivered } = await waiting({ maxUnreachedLinksPerAccount: 1 })
    const [second, receivers] = [await again(), await others()]
    await network.pass(60_000, 5_000)
    expect(receivers.map(({ heard }) => all(heard).match(/<body>/g)?.length)).toEqual([1, 1, 1, 1])
    expect([undelivered, await second.memory.kept()]).toEqual([[], []])
  })

  it('comes back to its sender, where there may be no more for all', async () => {
    const { network, again, others, undelivered } = await waiting({ maxLinks: 2 })
    const [second, receivers] = [await again(), await others()]
    await network.pass(60_000, 5_000)
    expect(receivers.map(({ heard }) => all(heard).match(/<body>/g)?.length)).toEqual([1, 1, undefined, undefined])
    expect(undelivered).toEqual(['d.example resource-constraint', 'e.example resource-constraint'])
    expect(await second.memory.kept()).toEqual([])
  })
})
