import { describe, expect, test } from 'vitest'
import { Stand } from '../kernel.fixture.ts'
import { settled } from '../presence/scene.fixture.ts'
import { ECHO, ERROR, handshakeOf, Scene } from './component.fixture.ts'
import { serveComponents } from './index.ts'

describe('conflicts', () => {
  test('by default the newer one gets <conflict/>, and the older one goes on', async () => {
    const scene = await Scene.open()
    const juliet = await scene.stand.connect('juliet@example.com/balcony')
    const older = await scene.connect(ECHO)
    const newer = await scene.introduce(ECHO)
    await newer.expect(ERROR('conflict', 'another connection serves echo.example.com'))
    await newer.expectClosed()
    await juliet.say("<message to='echo.example.com'/>")
    await older.expect("<message to='echo.example.com' from='juliet@example.com/balcony'/>")
    older.send('</stream:stream>')
    await older.expect('</stream:stream>')
    await older.expectClosed()
    await settled()
    await scene.connect(ECHO)
  })

  test('with `replace` the older one gets it', async () => {
    const scene = await Scene.open([{ ...ECHO, conflict: 'replace' }])
    const juliet = await scene.stand.connect('juliet@example.com/balcony')
    const older = await scene.connect(ECHO)
    const newer = await scene.connect(ECHO)
    await older.expect(ERROR('conflict', 'a newer connection serves echo.example.com'))
    await settled()
    await juliet.say("<message to='echo.example.com'/>")
    await newer.expect("<message to='echo.example.com' from='juliet@example.com/balcony'/>")
    expect(scene.components.list()[0]).toMatchObject({ connected: true, sent: 1 })
  })

  test('a wrong secret replaces nobody', async () => {
    const scene = await Scene.open([{ ...ECHO, conflict: 'replace' }])
    const older = await scene.connect(ECHO)
    const wrong = await scene.introduce({ ...ECHO, secret: 'of another' })
    await wrong.expectUntil("<not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>")
    expect(older.heard).not.toContain('error')
  })
})

describe('floods', () => {
  test('a component that does not read is dropped when too much waits, and costs nobody else anything', async () => {
    const scene = await Scene.open()
    scene.options = { maxOutboundBytes: 100_000 }
    const connection = scene.connection()
    const peer = await scene.greet(ECHO.domain, connection)
    peer.send(`<handshake>${handshakeOf(peer, ECHO.secret)}</handshake>`)
    await peer.expect('<handshake/>')
    connection.pause()
    const juliet = await scene.stand.connect('juliet@example.com/balcony')
    const body = 'x'.repeat(10_000)
    let refused: string | undefined
    for (let n = 0; n < 40 && !refused; n++)
      refused = (await juliet.say(`<message to='echo.example.com'><body>${body}</body></message>`))[0]
    expect(refused).toContain('the component echo.example.com is not connected')
    expect(scene.components.list()[0]).toMatchObject({ connected: false, bufferedBytes: 0 })
  })

  test('one that sends more than its share is read more slowly', async () => {
    const scene = await Scene.open()
    scene.options = { inboundBytesPerSecond: 10_000, inboundBurstBytes: 10_000 }
    const juliet = await scene.stand.connect('juliet@example.com/balcony')
    const echo = await scene.connect(ECHO)
    const stanza = `<message from='echo.example.com' to='juliet@example.com/balcony'><body>${'x'.repeat(5_000)}</body></message>`
    for (let n = 0; n < 10; n++) {
      echo.send(stanza)
      await settled()
    }
    const heard = juliet.look().length
    expect(heard).toBeLessThan(5)
    for (let second = 0; second < 10; second++) {
      scene.environment.advance(1000)
      await settled()
    }
    expect(heard + juliet.look().length).toBe(10)
  })

  test('a stanza beyond the limit ends the stream', async () => {
    const scene = await Scene.open()
    const echo = await scene.connect(ECHO)
    echo.send(`<message from='echo.example.com' to='juliet@example.com'><body>${'x'.repeat(1_000_000)}`)
    await echo.expect(ERROR('policy-violation', '*'))
    await echo.expectClosed()
  })
})

test('domains that are hosts, or taken, or none are refused', async () => {
  const { kernel } = await Stand.open()
  const log = (await Scene.open()).stand.log
  for (const domains of [['example.com'], ['echo.example.com', 'Echo.Example.com'], ['a@b']])
    expect(() =>
      serveComponents(kernel, { components: domains.map((domain) => ({ domain, secret: 's' })), log }),
    ).toThrow(/is taken already|is no domain/)
})

test('the server that stops says so to components', async () => {
  const scene = await Scene.open()
  const echo = await scene.connect(ECHO)
  const stopped = scene.stand.kernel.stop({ graceMs: 1000 })
  await echo.expect(ERROR('system-shutdown'))
  echo.end()
  await stopped
  expect(scene.environment.pendingTimers).toBe(0)
})
