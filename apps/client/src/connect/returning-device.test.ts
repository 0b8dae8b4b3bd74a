import { TLSSocket } from 'node:tls'
import { type ConnectionState, createMemoryTokenStore } from '@parlour/client'
import { parseJid } from '@parlour/jid'
import { el } from '@parlour/xml'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { Way } from '../../test/interop/way.ts'
import { createStage, PASSWORD, type Stage } from '../../test/stage.ts'
import { connect } from './connect.ts'
import { streamOpener } from './open.ts'
import { signOut } from './sign-out.ts'

let stage: Stage
beforeAll(async () => {
  stage = await createStage('romeo', 'juliet')
})
afterAll(() => stage[Symbol.asyncDispose]())

const portOf = (address: string) => Number(address.split(':').at(-1))

test('XEP-0484: a returning device signs in by its token, without the password; in one go, with stream management', async () => {
  const tokens = createMemoryTokenStore()
  const userAgent = { id: 'd4565fa7-4d72-4749-b3d3-740edbf87770', software: 'test' }
  const options = { jid: 'romeo@localhost', service: stage.address('direct'), ca: stage.ca, tokens, userAgent }
  const first = await connect({ ...options, password: PASSWORD })
  expect(first.agreement).toMatchObject({ mechanism: 'SCRAM-SHA-512-PLUS', enabled: { resume: true } })
  expect(first.jid.resource).toMatch(/^parlour/)
  await first.close()
  await using second = await connect(options)
  expect(second.agreement).toMatchObject({ mechanism: 'HT-SHA-512-EXPR', enabled: { resume: true } })
  expect(await second.iq.get(el('ping', 'urn:xmpp:ping'), { to: 'localhost' })).toBeUndefined()
})

test('XEP-0484 §3.6: signing out voids the token and ends the sessions of the device; again, there is nothing to void', async () => {
  const tokens = createMemoryTokenStore()
  const userAgent = { id: 'e4565fa7-4d72-4749-b3d3-740edbf87770', software: 'test' }
  const options = { jid: 'romeo@localhost', service: stage.address('direct'), ca: stage.ca, tokens, userAgent }
  await using client = await connect({ ...options, password: PASSWORD, reconnection: false })
  const kept = await tokens.get(client.jid)
  const closed = new Promise<void>((resolve) => {
    client.onState(({ status }) => status === 'closed' && resolve())
  })
  expect(await signOut(options)).toBe(true)
  await closed
  expect(await tokens.get(client.jid)).toBeUndefined()
  expect(await signOut(options)).toBe(false)
  if (kept) await tokens.put(client.jid, kept)
  await expect(connect({ ...options, reconnection: false })).rejects.toMatchObject({ code: 'authentication-failed' })
  if (kept) await tokens.put(client.jid, kept)
  expect(await signOut(options)).toBe(false)
})

test('XEP-0198 §9.2, RFC 8446 §2.2: a token, the session and the TLS session of before, in one go', async () => {
  const reused = vi.spyOn(TLSSocket.prototype, 'isSessionReused')
  await using way = await Way.to('127.0.0.1', portOf(stage.address('direct')))
  const service = `xmpps://127.0.0.1:${way.port}`
  await using client = await stage.connect('juliet', { service, reconnection: { initialDelay: 1 } })
  const { jid } = client
  const online = new Promise<ConnectionState>((resolve) => {
    client.onState((state) => state.status === 'online' && resolve(state))
  })
  const wasReused = () => reused.mock.results.some(({ value }) => value === true)
  expect(wasReused()).toBe(false)
  way.cut()
  way.open()
  expect(await online).toMatchObject({ resumed: true, jid })
  expect(wasReused()).toBe(true)
  reused.mockRestore()
  expect(client.agreement?.mechanism).toBe('HT-SHA-512-EXPR')
  expect(await client.iq.get(el('ping', 'urn:xmpp:ping'), { to: 'localhost' })).toBeUndefined()
})

test('XEP-0198 §5: a session is looked for where the server prefers it, then in the usual way', async () => {
  const jid = parseJid('romeo@localhost')
  const [elsewhere, here] = ['127.0.0.1:1', stage.address()]
  for (const [location, service] of [
    [here, elsewhere],
    [elsewhere, here],
    ['no address', here],
  ] as const) {
    const open = streamOpener(jid, { jid, password: PASSWORD, ca: stage.ca, service })
    const resume = { previd: 'unknown', h: 0, jid: jid.withResource('one'), location, features: el('features', 'f') }
    const stream = await open(new AbortController().signal, { resume })
    expect(stream.agreement.resumption).toMatchObject({ type: 'failed' })
    expect(stream.jid.bare.equals(jid)).toBe(true)
    stream.onElement(() => undefined)
    await stream.close()
  }
})
