import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from '@parlour/client'
import { message } from '@parlour/stanza'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestServer, type Server } from '../index.ts'
import { Network } from './s2s.fixture.ts'
import { run } from './terminal.fixture.ts'

let network: Network
beforeAll(async () => {
  network = await Network.start()
  await network.serve('one.example', { isOurs: true })
})
afterAll(() => network[Symbol.asyncDispose]())

describe('parlour s2s', () => {
  test('without links: what to do', async () => {
    const { code, output } = await network.parlour('s2s')
    expect([code, output]).toEqual([0, expect.stringContaining('parlour s2s test example.org')])
    expect((await network.parlour('s2s --json')).output).toBe('')
  })

  test('links in both directions, their TLS, how they were authenticated, what waits', async () => {
    const [one, other] = [network.servers.get('one.example'), await network.serve('third.example')]
    await one?.addAccount('alice@one.example', 'secret')
    await other.addAccount('bob@third.example', 'secret')
    const signIn = (server: Server | undefined, jid: string) => {
      const service = `xmpp://127.0.0.1:${server?.listeners.starttls?.address.port}`
      return connect({ jid, service, password: 'secret', ca: network.authority.pem, reconnection: false })
    }
    await using alice = await signIn(one, 'alice@one.example')
    await using bob = await signIn(other, 'bob@third.example')
    const received = bob.messages()[Symbol.asyncIterator]()
    const answered = alice.messages()[Symbol.asyncIterator]()
    await alice.send(message({ to: bob.jid, body: 'there' }))
    await received.next()
    /** After a failure a link rests for a moment only. */
    const fail = async () => {
      await alice.send(message({ to: 'nobody@nowhere.example', body: 'there' }))
      await answered.next()
    }
    await fail()
    const { output } = await network.parlour('s2s third.example')
    expect(output).toMatch(/^one\.example → third\.example {2}established for \d+ seconds?$/m)
    expect(output).toMatch(/^ {2}TLSv1\.3 TLS_[A-Z0-9_]+, 127\.0\.0\.1\n {2}EXTERNAL, both directions, acknowledged$/m)
    expect(output).not.toContain('nowhere')
    await fail()
    const all = await network.parlour('s2s --json')
    const links = all.output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(links).toContainEqual(
      expect.objectContaining({ remote: 'nowhere.example', state: 'resting', lastError: expect.any(String) }),
    )
    await fail()
    const status = (await network.parlour('status')).output
    expect(status).toMatch(
      /^Other servers +.*\d established.*1 resting.* \(parlour s2s\)\n +\d stanzas sent, \d received/m,
    )
    await fail()
    const metrics = await (await fetch(`http://127.0.0.1:${one?.monitoring?.port}/metrics`)).text()
    expect(metrics).toContain('parlour_s2s_links{state="resting"} 1\n')
    expect(metrics).toMatch(/^parlour_s2s_queue_bytes \d+$/m)
    expect(metrics).toMatch(/^parlour_s2s_stanzas_total\{direction="out"\} [1-9]/m)
    expect(metrics).toMatch(/^parlour_s2s_failures_total\{kind="unreached"\} [1-9]/m)
    await fail()
    const text = (await network.parlour('s2s')).output
    expect(text).toMatch(/^ {2}last error: nowhere\.example was not found/m)
    expect(text).toMatch(/^\d links: .*1 resting.*\.$/m)
  })

  test('a server that speaks to no others says why', async () => {
    const folder = join(network.folder, 'alone')
    mkdirSync(folder)
    await using server = await createTestServer({ administration: true, dataFolder: folder })
    expect(server.kernel.federation).toBeUndefined()
    const { code, errors } = await run(network.folder, `s2s --data-folder ${folder}`)
    expect([code, errors]).toEqual([1, expect.stringContaining('federation.enabled: true')])
  })

  test('without a server: says so', async () => {
    const { code, errors } = await run(network.folder, `s2s --data-folder ${join(network.folder, 'none')}`)
    expect([code, errors]).toEqual([1, expect.stringContaining('no server runs')])
  })
})
