import { describe, expect, it } from 'vitest'
import type { Network } from './federation.fixture.ts'
import { all, message, tell, two } from './links.fixture.ts'

describe('dialback that fails because the other server could not ask us', () => {
  const policy = { security: 'dialback' } as const

  /** Answers the next `<db:result/>` that arrives with an error, or `invalid`, and hangs up on who asks about it. */
  function unverified(network: Network, times: number, condition: string): { asked: number } {
    const counted = { asked: 0 }
    const connect = network.connect.bind(network)
    network.connect = (local, remote) => {
      const connection = connect(local, remote)
      if (local !== 'a.example') return connection
      let heard: (chunk: Uint8Array | string) => void = () => {}
      const [onData, write] = [connection.onData.bind(connection), connection.write.bind(connection)]
      connection.onData = (callback) => {
        heard = callback
        onData(callback)
      }
      connection.write = (text) => {
        if (!text.includes('<db:result') || counted.asked >= times) return write(text)
        counted.asked++
        const error = `<error type='cancel'><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>`
        const answer = condition === 'invalid' ? "type='invalid'>" : `type='error'>${error}`
        queueMicrotask(() => heard(`<db:result from='b.example' to='a.example' ${answer}</db:result>`))
      }
      return connection
    }
    return counted
  }

  it.each(['remote-server-not-found', 'remote-server-timeout', 'remote-connection-failed', 'resource-constraint'])(
    'XEP-0220 §2.5 %s: it is tried again, and what waits arrives in order',
    async (condition) => {
      const { network, juliet, romeo } = await two({ policy })
      const counted = unverified(network, 2, condition)
      await tell(juliet, message('b.example', '1'))
      await tell(juliet, message('b.example', '2'))
      await network.pass(15_000)
      expect(counted.asked).toBe(2)
      expect(juliet.look()).toEqual([])
      expect(all(romeo.look()).match(/<body>\d<\/body>/g)).toEqual(['<body>1</body>', '<body>2</body>'])
    },
  )

  it('XEP-0220 §2.5: for ever: what waited is answered remote-server-timeout when its time is over', async () => {
    const { network, juliet } = await two({ policy })
    const counted = unverified(network, 1_000, 'remote-server-not-found')
    await tell(juliet, message('b.example'))
    await network.pass(58_000)
    expect(juliet.look()).toEqual([])
    expect(counted.asked).toBeGreaterThan(7)
    await network.pass(10_000)
    expect(all(juliet.look())).toMatch(/<remote-server-timeout.*within 60 s.*remote-server-not-found/)
  })

  it.each(['not-authorized', 'item-not-found', 'policy-violation', 'forbidden'])(
    'XEP-0220 §2.5 %s: a verdict, so all are answered at once, and it is asked once',
    async (condition) => {
      const { network, juliet } = await two({ policy })
      const counted = unverified(network, 1_000, condition)
      await tell(juliet, message('b.example', '1'))
      await tell(juliet, message('b.example', '2'))
      await network.until(() => juliet.heard.length >= 2, 'answers')
      expect(all(juliet.look()).match(/<remote-server-timeout/g)).toHaveLength(2)
      expect(counted.asked).toBe(1)
    },
  )

  it('XEP-0220 §2.1.1: invalid: what waits is returned with internal-server-error, at once', async () => {
    const { network, juliet } = await two({ policy })
    const counted = unverified(network, 1_000, 'invalid')
    await tell(juliet, message('b.example', '1'))
    await tell(juliet, message('b.example', '2'))
    await network.until(() => juliet.heard.length >= 2, 'answers')
    expect(all(juliet.look()).match(/<internal-server-error/g)).toHaveLength(2)
    expect(counted.asked).toBe(1)
  })
})
