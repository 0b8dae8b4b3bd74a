import { parseJid } from '@parlour/jid'
import { message, presence, StanzaError } from '@parlour/stanza'
import { FakeEnvironment, ScriptedPeer } from '@parlour/testing'
import { createMemoryPair } from '@parlour/transport'
import { el } from '@parlour/xml'
import { StreamError } from '@parlour/xml-stream'
import { afterEach, describe, expect, test } from 'vitest'
import { SECRET, Stage } from '../test/stage.ts'
import { componentAddressing } from './addressing.ts'
import { ClientError, type Component, type ConnectionState, createComponent } from './index.ts'
import { openComponentStream } from './open-component-stream.ts'

let stage: Stage
afterEach(() => stage[Symbol.asyncDispose]())

/** Resolves with the first state of this status. */
const becomes = <Status extends ConnectionState['status']>(component: Component, status: Status) =>
  new Promise<Extract<ConnectionState, { status: Status }>>((resolve) => {
    const judge = (state: ConnectionState) => {
      if (state.status === status) resolve(state as never)
    }
    component.onState(judge)
    judge(component.state)
  })

const conditionOf = (error: ClientError | undefined) =>
  error?.cause instanceof StreamError ? error.cause.condition : undefined

const QUESTION = el('question', 'urn:example')
const ANSWER = el('answer', 'urn:example')

describe('with a server', () => {
  test('messages and presence of many addresses, requests both ways', async () => {
    stage = await Stage.open([{}], 'juliet')
    await using component = stage.component()
    await component.online()
    expect(component.jid.toString()).toBe('echo.localhost')
    component.iq.handle('get', 'urn:example', 'question', ({ to }) => el('answer', 'urn:example', { by: String(to) }))
    const juliet = await stage.client('juliet')
    const heard = juliet.messages()
    const answer = await juliet.iq.get(QUESTION, { to: 'anybody@echo.localhost/here' })
    expect(answer?.attribute('by')).toBe('anybody@echo.localhost/here')
    await expect(juliet.iq.set(QUESTION, { to: 'echo.localhost' })).rejects.toThrow(StanzaError)
    const messages = component.messages()
    await juliet.send(message({ to: 'nurse@echo.localhost', type: 'chat', body: 'What says he?' }))
    const { value: received } = await messages.next()
    expect([String(received?.from), String(received?.to), received?.body]).toEqual([
      String(juliet.jid),
      'nurse@echo.localhost',
      'What says he?',
    ])
    await component.send(message({ from: received?.to, to: received?.from, type: 'chat', body: 'Jesu, what haste!' }))
    await component.send(message({ to: juliet.jid, type: 'chat', body: 'I am the house' }))
    const replies = [(await heard.next()).value, (await heard.next()).value]
    expect(replies.map((reply) => `${reply?.from}: ${reply?.body}`)).toEqual([
      'nurse@echo.localhost: Jesu, what haste!',
      'echo.localhost: I am the house',
    ])
    juliet.iq.handle('get', 'urn:example', 'question', () => ANSWER)
    await juliet.send(presence({ to: 'nurse@echo.localhost' }))
    const asked = { to: juliet.jid, from: 'nurse@echo.localhost/kitchen' }
    expect(String(await component.iq.get(QUESTION, asked))).toBe(String(ANSWER))
    const items = await juliet.iq.get(el('query', 'http://jabber.org/protocol/disco#items'), { to: 'localhost' })
    expect(items?.elements().map((item) => item.attribute('jid'))).toEqual(['echo.localhost'])
  })

  test('a stanza to nobody, or in the name of another domain, is refused before it is sent', async () => {
    stage = await Stage.open([{}])
    await using component = stage.component()
    await component.online()
    await expect(component.send(message({ body: 'to whom?' }))).rejects.toThrow(RangeError)
    await expect(component.send(message({ from: 'romeo@localhost', to: 'juliet@localhost' }))).rejects.toThrow(
      RangeError,
    )
    await expect(component.iq.get(QUESTION)).rejects.toThrow('says whom')
    expect(component.state.status).toBe('online')
  })

  test('it gives up on a wrong secret, and on a domain that the server does not know', async () => {
    stage = await Stage.open([{}])
    const wrong = stage.component({ secret: 'of another' })
    const { error } = await becomes(wrong, 'closed')
    expect(error).toMatchObject({ code: 'authentication-failed' })
    expect(conditionOf(error)).toBe('not-authorized')
    const unknown = await becomes(stage.component({ domain: 'other.localhost' }), 'closed')
    expect(conditionOf(unknown.error)).toBe('host-unknown')
  })

  test('it connects again, and fails what was asked meanwhile; a second one waits until the domain is free', async () => {
    stage = await Stage.open([{}])
    const component = stage.component()
    await component.online()
    const second = stage.component()
    const waiting = await becomes(second, 'waiting')
    expect(conditionOf(waiting.error)).toBe('conflict')
    await second.close()
    const lost = becomes(component, 'waiting')
    component.iq.handle('get', 'urn:example', 'question', () => new Promise(() => undefined))
    const unanswered = component.iq.get(QUESTION, { to: 'echo.localhost' })
    await stage.hangUp()
    await lost
    await expect(unanswered).rejects.toMatchObject({ code: 'disconnected' })
    await expect(component.send(message({ to: 'localhost' }))).rejects.toMatchObject({ code: 'disconnected' })
    await stage.listen()
    await component.online()
  })

  test('one that a newer one replaced does not fight back', async () => {
    stage = await Stage.open([{ conflict: 'replace' }])
    const older = stage.component()
    await older.online()
    const newer = stage.component()
    await newer.online()
    const { error } = await becomes(older, 'closed')
    expect(conditionOf(error)).toBe('conflict')
    expect(newer.state.status).toBe('online')
  })

  test('it waits for a server that does not run yet; the signal ends it', async () => {
    stage = await Stage.open([{}])
    await stage.hangUp()
    const controller = new AbortController()
    const component = stage.component({ signal: controller.signal })
    await becomes(component, 'waiting')
    await stage.listen()
    await component.online()
    controller.abort('enough')
    const { error } = await becomes(component, 'closed')
    expect(error).toMatchObject({ code: 'aborted' })
    expect(stage.components.list()[0]?.received).toBe(0)
  })

  test('a quiet connection is asked whether it lives', async () => {
    stage = await Stage.open([{}])
    const component = stage.component({ keepalive: { interval: 20, timeout: 5_000 } })
    await component.online()
    const { promise, resolve } = Promise.withResolvers<void>()
    component.stanzas(() => stage.components.list()[0]?.received === 4 && resolve())
    await promise
    expect(component.state.status).toBe('online')
  })

  test('no address is a domain', async () => {
    stage = await Stage.open([])
    expect(() => createComponent({ domain: 'a@b', secret: SECRET })).toThrow(RangeError)
  })
})

describe('XEP-0114 §3, said by a scripted server', () => {
  const HEADER = "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'"
  const open = (options: { signal?: AbortSignal } = {}) => {
    const [connection, server] = createMemoryPair({ chunkBytes: 1 })
    const environment = new FakeEnvironment()
    const signal = options.signal ?? new AbortController().signal
    const opening = openComponentStream(connection, {
      ...{ component: parseJid('plays.shakespeare.lit'), secret: 'test', environment, signal },
      ...{ negotiationTimeout: 30_000, limits: undefined },
    })
    opening.catch(() => undefined)
    return { peer: new ScriptedPeer(server), opening, environment }
  }

  test('the handshake is SHA-1 of stream id and secret, in lowercase hexadecimal digits', async () => {
    stage = await Stage.open([])
    const { peer, opening, environment } = open()
    await peer.expect(`${HEADER} to='plays.shakespeare.lit'>`)
    peer.send(`${HEADER} from='plays.shakespeare.lit' id='3BF96D32'>`)
    await peer.expect('<handshake>aaee83c26aeeafcbabeabfcbcd50df997e0a2a1e</handshake>')
    peer.send("<handshake/><message from='a@b' to='plays.shakespeare.lit'><body>early</body></message>")
    const stream = await opening
    const heard = await new Promise((resolve) => stream.onElement(resolve))
    expect(String(heard)).toContain("xmlns='jabber:client'")
    stream.send(message({ from: 'plays.shakespeare.lit', to: 'a@b', body: 'no namespace of its own' }))
    await peer.expect("<message from='plays.shakespeare.lit' to='a@b'><body>no namespace of its own</body></message>")
    expect(environment.pendingTimers).toBe(0)
  })

  test.each([
    ['a header of jabber:client', `${HEADER} id='1'>`.replace('component:accept', 'client'), 'stream-error'],
    ['features', `${HEADER} id='1'><stream:features/>`, 'unexpected-element'],
    [
      'not-authorized',
      `${HEADER} id='1'><stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>`,
      'authentication-failed',
    ],
    [
      'host-unknown',
      `${HEADER}><stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>`,
      'stream-error',
    ],
    ['the end', `${HEADER} id='1'></stream:stream>`, 'stream-closed'],
    ['no XML', 'SMTP ready', 'stream-error'],
  ])('%s instead of success', async (_, said, code) => {
    stage = await Stage.open([])
    const { peer, opening, environment } = open()
    peer.send(said)
    await expect(opening).rejects.toMatchObject({ code })
    expect(environment.pendingTimers).toBe(0)
  })

  test('silence, and a signal', async () => {
    stage = await Stage.open([])
    const { opening, environment } = open()
    environment.advance(30_000)
    await expect(opening).rejects.toMatchObject({ code: 'timeout' })
    await expect(open({ signal: AbortSignal.abort() }).opening).rejects.toMatchObject({ code: 'aborted' })
  })
})

test('an answer is that of whom was asked, to the address that asked', async () => {
  stage = await Stage.open([])
  const { mayAnswer } = componentAddressing(parseJid('c.example'))
  const jid = (text: string) => parseJid(text)
  const fits = (from: string, to: string | undefined, asked: { from?: string; to: string }) =>
    mayAnswer({ from: jid(from), to: to && jid(to) } as never, {
      from: asked.from === undefined ? undefined : jid(asked.from),
      to: jid(asked.to),
    })
  expect(fits('a@b', 'c.example', { to: 'a@b' })).toBe(true)
  expect(fits('a@b', 'u@c.example', { from: 'u@c.example', to: 'a@b' })).toBe(true)
  expect(fits('a@b', 'c.example', { from: 'u@c.example', to: 'a@b' })).toBe(false)
  expect(fits('m@b', 'c.example', { to: 'a@b' })).toBe(false)
  expect(fits('a@b', undefined, { to: 'a@b' })).toBe(false)
})

test('errors have codes', async () => {
  stage = await Stage.open([])
  await stage.hangUp()
  const component = stage.component({ reconnection: false })
  await expect(component.online()).rejects.toThrow(ClientError)
})
