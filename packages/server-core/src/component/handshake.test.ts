import { ScriptedPeer } from '@parlour/testing'
import { describe, expect, test } from 'vitest'
import { settled } from '../presence/scene.fixture.ts'
import { ECHO, ERROR, HEADER, handshakeOf, OPEN, PLAYS, Scene } from './component.fixture.ts'

describe('XEP-0114 §3: the handshake', () => {
  test.each([undefined, 1, 7])('in pieces of %s bytes, then stanzas both ways', async (chunkBytes) => {
    const scene = await Scene.open()
    const juliet = await scene.stand.connect('juliet@example.com/balcony')
    const echo = await scene.connect(ECHO, { ...(chunkBytes !== undefined && { chunkBytes }) })
    echo.send(
      `<message from='anybody@echo.example.com/at' to='juliet@example.com/balcony'><body>&lt;é&gt;</body></message>`,
    )
    await settled()
    expect(juliet.look()).toEqual([
      "<message from='anybody@echo.example.com/at' to='juliet@example.com/balcony'><body>&lt;é&gt;</body></message>",
    ])
    await juliet.say("<message to='x@echo.example.com' id='m'><body>Ay me!</body></message>")
    await echo.expect(
      "<message to='x@echo.example.com' id='m' from='juliet@example.com/balcony'><body>Ay me!</body></message>",
    )
    expect(scene.environment.pendingTimers).toBe(0)
  })

  test('what stands behind the handshake in the same piece waits for the verdict', async () => {
    const scene = await Scene.open()
    const juliet = await scene.stand.connect('juliet@example.com/balcony')
    const peer = await scene.greet()
    const handshake = handshakeOf(peer, ECHO.secret)
    peer.send(`<handshake>${handshake}</handshake><message from='echo.example.com' to='juliet@example.com/balcony'/>`)
    await peer.expect('<handshake/>')
    await settled()
    expect(juliet.look()).toHaveLength(1)
  })

  test('"MUST close the stream and the underlying TCP connection, and SHOULD return a <not-authorized/>"', async () => {
    const scene = await Scene.open()
    const peer = await scene.introduce({ ...ECHO, secret: 'of another' })
    await peer.expect(ERROR('not-authorized', 'the secret is not the one configured for echo.example.com'))
    await peer.expectClosed()
    expect(JSON.stringify(scene.log)).not.toContain('thou shalt not')
    expect(scene.components.list()[0]).toMatchObject({ domain: 'echo.example.com', connected: false })
  })

  test.each([
    ['a stanza', "<message from='echo.example.com' to='juliet@example.com'/>"],
    ['a handshake of another namespace', "<handshake xmlns='jabber:client'/>"],
  ])('%s instead of it is not authorized', async (_, instead) => {
    const scene = await Scene.open()
    const peer = await scene.greet()
    peer.send(instead)
    await peer.expect(ERROR('not-authorized', 'the handshake comes first'))
    await peer.expectClosed()
  })

  test.each([
    [
      'an unknown domain',
      OPEN('other.example.com'),
      ERROR('host-unknown', 'no component other.example.com is configured here'),
    ],
    [
      "the server's own domain",
      OPEN('example.com'),
      ERROR('host-unknown', 'no component example.com is configured here'),
    ],
    [
      'no domain',
      OPEN('a@echo.example.com'),
      ERROR('host-unknown', 'no component without a domain is configured here'),
    ],
    ['another content namespace', OPEN('echo.example.com', 'jabber:client'), ERROR('invalid-namespace', '*')],
    ['no XML', 'GET / HTTP/1.1\r\n\r\n', ERROR('*', '*')],
  ])('%s: a header of ours, then the error', async (_, said, error) => {
    const scene = await Scene.open()
    const peer = new ScriptedPeer(scene.connection())
    peer.send(said)
    await peer.expect(HEADER(''))
    await peer.expect(error.replace(/<\*.*?\/>/, "<not-well-formed xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"))
    await peer.expectClosed()
  })

  test('who says nothing, or never ends, is not waited for', async () => {
    const scene = await Scene.open()
    const silent = new ScriptedPeer(scene.connection())
    const slow = await scene.greet()
    slow.send('<handshake>')
    scene.environment.advance(30_000)
    await silent.expect(HEADER('') + ERROR('connection-timeout', 'negotiation took too long'))
    await slow.expect(ERROR('connection-timeout', 'negotiation took too long'))
    await settled()
    await silent.expectClosed()
    expect(scene.environment.pendingTimers).toBe(0)
  })

  test('a handshake larger than the limits for strangers', async () => {
    const scene = await Scene.open()
    const peer = await scene.greet()
    peer.send(`<handshake>${'a'.repeat(1_000_000)}`)
    await peer.expect(ERROR('policy-violation', '*'))
    await peer.expectClosed()
  })

  test('who guesses secrets waits, longer each time, then is refused unheard; another address is not', async () => {
    const scene = await Scene.open()
    const wrong = { ...ECHO, secret: 'a guess' }
    for (let guess = 0; guess < 10; guess++) {
      const peer = await scene.introduce(wrong, { remoteAddress: '192.0.2.66' })
      await peer.expectUntil('</stream:error>')
    }
    const waiting: ScriptedPeer[] = []
    // One that is right among wrong ones: which of them is judged first is not said.
    for (const guess of [ECHO, wrong, wrong, wrong])
      waiting.push(await scene.introduce(guess, { remoteAddress: '192.0.2.66' }))
    const fifth = await scene.introduce(ECHO, { remoteAddress: '192.0.2.66' })
    await fifth.expect(ERROR('resource-constraint', 'too many failed sign-ins: try again later'))
    await scene.connect(PLAYS, { remoteAddress: '192.0.2.67' })
    await settled()
    expect(waiting[0]?.heard).not.toContain('handshake')
    scene.environment.advance(1000)
    await waiting[0]?.expect('<handshake/>')
  })
})
