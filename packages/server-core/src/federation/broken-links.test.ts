import { describe, expect, it } from 'vitest'
import { acceptServerStream } from './join.ts'
import { all, linked, message, one, start, tell, two } from './links.fixture.ts'

describe('a link that breaks', () => {
  it('the other server restarts: what is sent meanwhile waits for it, in order', async () => {
    const { network, b, juliet } = await linked()
    network.leave('b.example')
    await b.kernel.stop()
    await network.settle()
    await tell(juliet, message('b.example', '2'))
    await tell(juliet, message('b.example', '3'))
    await network.pass(3_000)
    const again = await start(network, 'b.example')
    const back = await again.connect()
    await network.pass(30_000)
    expect(all(back.look()).match(/<body>\d<\/body>/g)).toEqual(['<body>2</body>', '<body>3</body>'])
    expect(juliet.look()).toEqual([])
  })

  it('the other server comes back late: it is tried often enough while stanzas wait', async () => {
    for (let round = 0; round < 5; round++) {
      const { network, b, juliet } = await linked()
      network.leave('b.example')
      await b.kernel.stop()
      await tell(juliet, message('b.example', '2'))
      await network.pass(33_000)
      const back = await (await start(network, 'b.example')).connect()
      await network.pass(8_500)
      expect(all(back.look())).toContain('<body>2</body>')
    }
  })

  it.each([[true], [false]])(
    'the other server comes back and connects: what waits goes out at once; bidirectional: %s',
    async (bidirectional) => {
      // After a failure there is no attempt for half a minute at least.
      const limits = { firstDelay: 300_000, maxQueuedTime: 3_000_000 }
      const { network, b, juliet, romeo } = await linked({ bidirectional, limits })
      network.leave('b.example')
      for (const wire of network.wires) wire.cut()
      await tell(juliet, message('b.example', '2'))
      await network.pass(5_000)
      network.listen('b.example', (connection) => acceptServerStream(connection, b.kernel))
      await network.pass(5_000)
      expect(all(romeo.look())).not.toContain('<body>2')
      await tell(romeo, message('a.example', 'back'))
      await network.pass(2_000, 100)
      expect(all(romeo.look())).toContain('<body>2')
    },
  )

  it('the other server does not come back: what waited is answered after a minute', async () => {
    const { network, b, juliet } = await linked()
    network.leave('b.example')
    await b.kernel.stop()
    await tell(juliet, message('b.example', '2'))
    await network.pass(50_000)
    expect(juliet.look()).toEqual([])
    await network.pass(12_000)
    expect(all(juliet.look())).toMatch(/<remote-server-timeout.*was not reached within 60 s/)
  })

  it('packets are dropped without a word: the link counts as dead after a minute, and nothing is lost or doubled', async () => {
    const { network, juliet, romeo } = await linked()
    for (const wire of network.wires) wire.silence()
    await tell(juliet, message('b.example', '2'))
    await network.pass(59_000)
    expect(all(romeo.look())).not.toContain('<body>2</body>')
    await network.pass(5_000)
    expect(all(romeo.look()).match(/<body>\d<\/body>/g)).toEqual(['<body>2</body>'])
    expect(juliet.look()).toEqual([])
  })

  it.each([[true], [false]])(
    'an idle stream is closed after ten minutes, and opened again when needed; bidirectional: %s',
    async (bidirectional) => {
      const { network, a, b, juliet, romeo } = await two({ bidirectional })
      await tell(juliet, message('b.example', '1'))
      await network.until(() => romeo.heard.length > 0, 'romeo hears')
      expect(b.kernel.streams.size).toBe(1)
      await network.pass(2_000)
      await network.pass(700_000, 100_000)
      expect([a.kernel.streams.size, b.kernel.streams.size]).toEqual([0, 0])
      expect(network.wires).toHaveLength(1)
      await tell(juliet, message('b.example', '2'))
      await network.until(() => all(romeo.heard).includes('<body>2'), 'romeo hears again')
      await network.pass(100_000, 10_000)
      expect(a.kernel.federation?.links()).toContainEqual(
        expect.objectContaining({ state: 'established', managed: true }),
      )
    },
  )

  it('links that nobody needs are forgotten', async () => {
    const { network, a, juliet } = await one()
    await tell(juliet, message('nowhere.invalid'))
    await network.settle()
    expect(a.kernel.federation?.links()).toHaveLength(1)
    await network.pass(120_000, 10_000)
    expect(a.kernel.federation?.links()).toEqual([])
    expect(network.environment.pendingTimers).toBe(0)
  })
})
