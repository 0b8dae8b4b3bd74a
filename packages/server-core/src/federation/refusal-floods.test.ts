import { describe, expect, it } from 'vitest'
import { Network } from './federation.fixture.ts'
import { start } from './links.fixture.ts'

const STREAM = "xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams'"

describe('what strangers can cause as often as they like', () => {
  it('streams that are refused before anything is proved have a few lines a minute for each condition, and the rest is counted', async () => {
    const network = new Network()
    const a = await start(network, 'a.example')
    const knock = async (attributes = "to='nowhere.example' version='1.0'") => {
      network.connect('stranger.example', 'a.example').write(`<stream:stream ${STREAM} ${attributes}>`)
      await network.settle()
    }
    for (let times = 0; times < 12; times++) await knock()
    const refused = () => a.lines.filter(({ message }) => message === "a server's stream was refused")
    expect(refused()).toHaveLength(5)
    expect(refused()[0]?.fields).toMatchObject({ condition: 'host-unknown', remoteAddress: '192.0.2.1' })
    await knock("from='a.example' to='a.example' version='1.0'")
    expect(refused()).toHaveLength(6)
    expect(refused().at(-1)?.fields).toMatchObject({ condition: 'invalid-from' })
    network.environment.advance(60_000)
    await knock()
    expect(refused().at(-1)?.fields).toMatchObject({ unlogged: 7 })
  })
})
