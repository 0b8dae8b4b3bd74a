import { describe, expect, it } from 'vitest'
import { Network } from './federation.fixture.ts'
import { start } from './links.fixture.ts'

const STREAM = "xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams'"

describe('what strangers can cause as often as they like', () => {
  it('streams that are refused before anything is proved have a few lines a minute, and the rest is counted', async () => {
    const network = new Network()
    const a = await start(network, 'a.example')
    const knock = async () => {
      network
        .connect('stranger.example', 'a.example')
        .write(`<stream:stream ${STREAM} to='nowhere.example' version='1.0'>`)
      await network.settle()
    }
    for (let times = 0; times < 12; times++) await knock()
    const refused = () => a.lines.filter(({ message }) => message === "a server's stream was refused")
    expect(refused()).toHaveLength(5)
    expect(refused()[0]?.fields).toMatchObject({ condition: 'host-unknown', remoteAddress: '192.0.2.1' })
    network.environment.advance(60_000)
    await knock()
    expect(refused().at(-1)?.fields).toMatchObject({ unlogged: 7 })
  })
})
