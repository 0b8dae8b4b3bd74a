import type { Connection } from '@parlour/transport'
import { describe, expect, it } from 'vitest'
import type { Network } from './federation.fixture.ts'
import { all, message, one, start, tell, two } from './links.fixture.ts'

/** Answers every connection with a script: what it writes first, then what it answers to a text. */
function scripted(network: Network, domain: string, answers: readonly (readonly [RegExp, string])[]): Connection[] {
  const connections: Connection[] = []
  network.listen(domain, (connection) => {
    connections.push(connection)
    connection.onData((chunk) => {
      for (const [said, answer] of answers) if (said.test(String(chunk))) connection.write(answer)
    })
  })
  return connections
}

const streamHeader = (from: string) =>
  `<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' from='${from}' to='a.example' id='1' version='1.0'>`

describe('RFC 6120 §8.3.3: a stanza that cannot be sent is answered, with the reason', () => {
  it('remote-server-not-found: DNS knows no such domain; for a time that is known without asking again', async () => {
    const { network, a, juliet } = await one()
    await tell(juliet, message('nowhere.invalid'))
    await network.until(() => juliet.heard.length > 0, 'an answer')
    expect(all(juliet.look())).toMatch(/type='error'.*<remote-server-not-found.*no such name: nowhere\.invalid/)
    const located: string[] = []
    const locate = network.locate.bind(network)
    network.locate = (domain) => {
      located.push(domain)
      return locate(domain)
    }
    expect(all(await juliet.say(message('nowhere.invalid')))).toContain('remote-server-not-found')
    expect(located).toEqual([])
    await network.pass(1_000)
    await tell(juliet, message('nowhere.invalid'))
    await network.until(() => located.length > 0, 'it is asked again after the pause')
    expect(a.warnings()).toContain('another server is not reached')
  })

  it('remote-server-timeout: nobody listens', async () => {
    const { network, juliet } = await one()
    await tell(juliet, message('b.example'))
    await network.until(() => juliet.heard.length > 0, 'an answer')
    expect(all(juliet.look())).toMatch(/<remote-server-timeout.*nobody listens at b\.example/)
  })

  it('remote-server-timeout: the other side says nothing', async () => {
    const { network, juliet } = await one()
    scripted(network, 'b.example', [])
    await tell(juliet, message('b.example'))
    await network.pass(59_000, 10_000)
    expect(juliet.look()).toEqual([])
    await network.pass(2_000)
    expect(all(juliet.look())).toMatch(/<remote-server-timeout.*b\.example/)
  })

  it('no TLS offered: nothing is sent in plain text', async () => {
    const { network, juliet } = await one()
    scripted(network, 'b.example', [[/<stream:stream/, `${streamHeader('b.example')}<stream:features/>`]])
    await tell(juliet, message('b.example'))
    await network.until(() => juliet.heard.length > 0, 'an answer')
    expect(all(juliet.look())).toMatch(/<remote-server-timeout.*TLS is required here/)
  })

  it.each([
    ['for another domain', { names: ['c.example'] }, 'the certificate is for c.example, not for b.example'],
    ['not accepted', { names: ['b.example'], fault: 'it expired on 1 January' }, 'it expired on 1 January'],
  ])('policy verified: a certificate %s', async (_, certificate, reason) => {
    const { network, juliet } = await two({}, { certificate })
    await tell(juliet, message('b.example'))
    await network.until(() => juliet.heard.length > 0, 'an answer')
    expect(all(juliet.look())).toMatch(new RegExp(`<remote-server-timeout.*${reason}`))
  })

  it('policy encrypted: such a certificate is no hindrance', async () => {
    const { network, juliet, romeo } = await two(
      { policy: { security: 'encrypted' } },
      {
        policy: { security: 'encrypted' },
        certificate: { names: ['c.example'] },
      },
    )
    await tell(juliet, message('b.example'))
    await network.until(() => romeo.heard.length > 0, 'romeo hears')
    await tell(romeo, message('a.example'))
    await network.until(() => juliet.heard.length > 0, 'juliet hears')
  })

  it('not-allowed: a denied domain', async () => {
    const { juliet } = await one({ policy: { deny: ['*.example'] } })
    expect(all(await juliet.say(message('b.example')))).toContain('<not-allowed')
  })

  it('not-allowed: none of the allowed domains', async () => {
    const { juliet } = await one({ policy: { allow: ['c.example'] } })
    expect(all(await juliet.say(message('b.example')))).toContain('<not-allowed')
  })

  it('XEP-0478 §3: policy-violation for a stanza larger than the other side takes', async () => {
    const { network, juliet, romeo } = await two()
    const big = await start(network, 'small.example', {
      limits: {
        limits: {
          maxStanzaBytes: 10_000,
          maxDepth: 100,
          maxAttributes: 100,
          maxNameLength: 100,
          maxChildren: 100,
          maxNamespaceLength: 100,
        },
      },
    })
    await tell(juliet, message('small.example', 'é'.repeat(6_000)))
    await network.until(() => juliet.heard.length > 0, 'an answer')
    expect(all(juliet.look())).toMatch(/<policy-violation.*at most 10000 bytes/)
    expect(big.warnings()).toEqual([])
    await tell(juliet, message('b.example', 'é'.repeat(6_000)))
    await network.until(() => romeo.heard.length > 0, 'romeo hears')
  })

  it('resource-constraint: more than the queue holds', async () => {
    const { network, juliet } = await one({ limits: { maxQueuedBytes: 1_000 } })
    scripted(network, 'b.example', [])
    await tell(juliet, message('b.example', 'x'.repeat(600)))
    expect(juliet.look()).toEqual([])
    expect(all(await juliet.say(message('b.example', 'y'.repeat(600))))).toContain('<resource-constraint')
    expect(all(await juliet.say(message('c.example')))).not.toContain('<resource-constraint')
  })

  it('an error is not answered (RFC 6120 §8.3.1)', async () => {
    const { network, juliet } = await one()
    await tell(juliet, "<message to='x@nowhere.invalid' type='error'><error type='cancel'/></message>")
    await network.settle()
    expect(juliet.look()).toEqual([])
  })

  it("the other server's own errors come back", async () => {
    const { network, juliet } = await two()
    await tell(juliet, "<iq type='get' id='1' to='nobody@b.example'><q xmlns='urn:x'/></iq>")
    await network.until(() => juliet.heard.length > 0, 'an answer')
    expect(all(juliet.look())).toMatch(/from='nobody@b\.example'.*<service-unavailable/)
  })
})

describe('many dead domains', () => {
  it('a thousand take no more than their share of attempts, and a living one is reached at once', async () => {
    const { network, a, juliet, romeo } = await two({ limits: { maxUnreachedLinksPerAccount: 1_000 } })
    await tell(juliet, message('b.example'))
    await network.until(() => romeo.look().length > 0, 'romeo hears')
    await network.pass(2_000)
    let connecting = 0
    const connect = network.connect.bind(network)
    network.connect = (local, remote) => {
      if (remote.startsWith('dead')) connecting++
      return connect(local, remote)
    }
    for (let number = 0; number < 1_000; number++) {
      network.listen(`dead${number}.example`, () => {})
      await tell(juliet, message(`dead${number}.example`))
    }
    await network.pass(200, 5)
    expect(connecting).toBe(80)
    for (const wire of network.wires) if (wire.to === 'b.example') wire.cut()
    await tell(juliet, message('b.example'))
    await network.pass(5, 5)
    await network.until(() => romeo.heard.length > 0, 'romeo hears')
    await network.pass(61_000, 10_000)
    expect(juliet.look().filter((text) => text.includes('<remote-server-timeout'))).toHaveLength(1_000)
    expect(a.kernel.federation?.links().every(({ queueBytes }) => queueBytes === 0)).toBe(true)
  })
})

describe('a walk to another server', () => {
  it('tells each step', async () => {
    const { a } = await two()
    const steps: string[] = []
    await a.kernel.federation?.test('a.example', 'b.example', (step) => {
      steps.push(step.step === 'done' ? `done ${step.error?.message ?? ''}` : step.step)
    })
    expect(steps).toEqual([
      'policy',
      'dns',
      'connecting',
      'connected',
      'features',
      'tls',
      'certificate',
      'features',
      'features',
      'authenticated',
      'done ',
    ])
  })

  it('tells what is wrong', async () => {
    const { a } = await two({}, { certificate: { names: ['c.example'] } })
    const steps: unknown[] = []
    await a.kernel.federation?.test('a.example', 'b.example', (step) => steps.push(step))
    expect(steps.at(-1)).toMatchObject({ step: 'done', error: { code: 'certificate' } })
  })
})
