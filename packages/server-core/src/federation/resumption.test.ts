import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Guest } from '../kernel.fixture.ts'
import { Network, Server, type ServerOptions } from './federation.fixture.ts'

/** The numbers in what a client has heard, in order. */
const numbers = (guest: Guest) =>
  guest.heard.flatMap((text) => [...text.matchAll(/<body>(\d+)<\/body>/g)].map(([, number]) => Number(number)))

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index)

interface Cut {
  /** Before which message of the sender. */
  readonly before: number
  /** Turns of the event loop to let pass first. */
  readonly turns: number
}

async function exchange(options: ServerOptions, count: number, cuts: readonly Cut[], chunkBytes?: number) {
  const network = new Network()
  network.chunkBytes = chunkBytes
  const servers = [await Server.start(network, 'a.example', options), await Server.start(network, 'b.example', options)]
  const [a, b] = servers as [Server, Server]
  const [juliet, romeo] = [await a.connect(), await b.connect()]
  const say = (guest: Guest, to: string, number: number) =>
    guest.say(`<message to='${to}' type='chat'><body>${number}</body></message>`)
  const heard = { juliet: [] as Guest['heard'], romeo: [] as Guest['heard'] }
  const take = (guest: Guest, name: 'juliet' | 'romeo') => heard[name].push(...guest.look())
  for (const number of upTo(count)) {
    for (const { turns } of cuts.filter(({ before }) => before === number)) {
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
      for (const wire of network.wires) wire.cut()
    }
    const [fromJuliet, fromRomeo] = [
      say(juliet, 'user@b.example/here', number),
      say(romeo, 'user@a.example/here', number),
    ]
    heard.juliet.push(...(await fromJuliet))
    heard.romeo.push(...(await fromRomeo))
  }
  const isAll = () => {
    take(juliet, 'juliet')
    take(romeo, 'romeo')
    return heard.juliet.length >= count && heard.romeo.length >= count
  }
  for (let round = 0; round < 60 && !isAll(); round++) await network.pass(1_000)
  const result = [heard.juliet, heard.romeo].map((texts) => numbers({ heard: texts } as Guest))
  for (const server of servers) await server.kernel.stop()
  return result
}

describe('XEP-0198 §5: a stream between servers that is cut is resumed', () => {
  it.each([
    ['bidirectional, EXTERNAL', {}],
    ['one stream for each direction, EXTERNAL', { bidirectional: false }],
    ['bidirectional, dialback', { policy: { security: 'dialback' } }],
    ['one stream for each direction, dialback', { bidirectional: false, policy: { security: 'dialback' } }],
  ] as const)('every message arrives, in order, once: %s', { timeout: 60_000 }, async (_, options) => {
    const cut = fc.record({ before: fc.nat(29), turns: fc.nat(4) })
    await fc.assert(
      fc.asyncProperty(fc.array(cut, { maxLength: 6 }), fc.option(fc.constantFrom(1, 7, 100)), async (cuts, bytes) => {
        const [juliet, romeo] = await exchange(options, 30, cuts, bytes ?? undefined)
        expect(juliet).toEqual(upTo(30))
        expect(romeo).toEqual(upTo(30))
      }),
      { numRuns: 15 },
    )
  })
})
