import { parseJid } from '@parlour/jid'
import { afterEach, describe, expect, it } from 'vitest'
import { Network, Server, type ServerOptions } from './federation.fixture.ts'

const open: Server[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.kernel.stop()
})

async function two(options: ServerOptions) {
  const network = new Network()
  const [a, b] = [await Server.start(network, 'a.example', options), await Server.start(network, 'b.example')]
  open.push(a, b)
  await a.kernel.accounts.create(parseJid('nurse@a.example'), 'secret')
  return {
    ...{ network, a },
    ...{ juliet: await a.connect(), nurse: await a.connect('nurse@a.example/1'), romeo: await b.connect() },
  }
}

const message = (domain: string) => `<message to='user@${domain}/here' type='chat' id='m'><body>hello</body></message>`

describe('one user who writes to very many domains', () => {
  it('that do not exist: those in back-off give way, and others are reached', async () => {
    const { network, a, juliet, nurse, romeo } = await two({ limits: { maxLinks: 20 } })
    for (let n = 0; n < 50; n++) {
      await juliet.say(message(`d${n}.invalid`))
      await network.pass(5, 5)
    }
    expect(juliet.look().join('')).not.toContain('<resource-constraint')
    await nurse.say(message('b.example'))
    await network.until(() => romeo.heard.length > 0, 'romeo hears')
    expect(a.kernel.federation?.links().filter(({ direction }) => direction === 'outgoing').length).toBeLessThanOrEqual(
      20,
    )
  })

  it('that say nothing: is told to wait, alone, and still reaches those that are known', async () => {
    const { network, juliet, nurse, romeo } = await two({ limits: { maxUnreachedLinksPerAccount: 5 } })
    await juliet.say(message('b.example'))
    await network.until(() => romeo.heard.length > 0, 'romeo hears')
    const locate = network.locate.bind(network)
    network.locate = (domain) => (domain.endsWith('.silent') ? new Promise(() => {}) : locate(domain))
    const heard: string[] = []
    for (let n = 0; n < 8; n++) heard.push(...(await juliet.say(message(`d${n}.silent`))))
    expect(heard.join('').match(/<error [^>]*type='wait'[^>]*><resource-constraint/g)).toHaveLength(3)
    romeo.look()
    await juliet.say(message('b.example'))
    await network.settle()
    expect(romeo.look()).toHaveLength(1)
    expect((await nurse.say(message('d9.silent'))).join('')).not.toContain('<resource-constraint')
    await network.pass(120_000, 10_000)
    juliet.look()
    await network.pass(400_000, 50_000)
    expect((await juliet.say(message('d10.silent'))).join('')).not.toContain('<resource-constraint')
  })
})
