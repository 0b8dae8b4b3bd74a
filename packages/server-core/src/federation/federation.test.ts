import { afterEach, describe, expect, it } from 'vitest'
import { Network, Server, type ServerOptions } from './federation.fixture.ts'

const open: Server[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.kernel.stop()
})

async function two(options: ServerOptions = {}, other: ServerOptions = options) {
  const network = new Network()
  const a = await Server.start(network, 'a.example', options)
  const b = await Server.start(network, 'b.example', other)
  open.push(a, b)
  return { network, a, b, juliet: await a.connect(), romeo: await b.connect() }
}

const hello = (to: string, body = 'hello') => `<message to='${to}' type='chat' id='m'><body>${body}</body></message>`

describe('messages between two servers', () => {
  it.each([
    ['EXTERNAL', {}, 'external'],
    ['dialback', { policy: { security: 'dialback' } }, 'dialback'],
    ['EXTERNAL without acknowledgement', { streamManagement: false }, 'external'],
    ['dialback, one stream for each direction', { bidirectional: false, policy: { security: 'dialback' } }, 'dialback'],
  ] as const)('pass both ways with %s', async (_, options, authentication) => {
    const { network, a, juliet, romeo } = await two(options)
    await juliet.say(hello('user@b.example/here'))
    await network.until(() => romeo.heard.length > 0, 'romeo hears')
    expect(romeo.look().join('')).toContain("from='user@a.example/here'")
    await romeo.say(hello('user@a.example/here', 'and you'))
    await network.until(() => juliet.heard.length > 0, 'juliet hears')
    expect(juliet.look().join('')).toContain('<body>and you</body>')
    const [link] = a.kernel.federation?.links() ?? []
    expect(link).toMatchObject({ state: 'established', authentication, remote: 'b.example', local: 'a.example' })
  })
})
