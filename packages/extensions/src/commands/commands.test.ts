import { defineServerModule } from '@parlour/server-core'
import { type Element, el, parseXml } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { dataFormElement, formValue } from '../data-forms/wire.ts'
import { discoServer } from '../disco/server.ts'
import { readDiscoInfo, readDiscoItems } from '../disco/wire.ts'
import { registrationServer } from '../registration/server.ts'
import { type FakeClient, Scene } from '../scene.fixture.ts'
import { commands, commandsServer } from './server.ts'
import {
  COMMANDS_NAMESPACE,
  type CommandRequest,
  type CommandResponse,
  commandRequestElement,
  commandResponseElement,
  readCommandRequest,
  readCommandResponse,
} from './wire.ts'

const allowed = new Set(['romeo@example.com', 'juliet@example.com'])
const form = (title: string) => ({ type: 'form', title, fields: [] }) as const
const wizard = defineServerModule({
  name: 'wizard',
  requires: ['commands'],
  setup: (host) => [
    host.use(commands).add({
      node: 'config',
      name: 'Configure Service',
      access: (from) => allowed.has(from.bare.toString()),
      start: () => ({
        status: 'executing',
        form: form('one'),
        next: (first) => ({
          status: 'executing',
          form: form('two'),
          next: () => ({ status: 'executing', form: form('three'), complete: () => ({ status: 'completed' }) }),
          complete: (second) => ({
            status: 'completed',
            notes: [{ type: 'info', text: `${formValue(first, 'a')} ${formValue(second, 'b')} ${second.type}` }],
          }),
        }),
      }),
    }),
    host.use(commands).add({
      node: 'broken',
      name: 'Broken',
      access: 'account',
      start: () => {
        throw new Error('a fault within')
      },
    }),
  ],
})

const open = (settings = {}) =>
  Scene.open([discoServer, commandsServer, registrationServer, wizard], {
    accounts: ['romeo@example.com', 'juliet@example.com', 'tybalt@example.com'],
    settings: { commands: settings },
  })
const iq = (content: Element | string, type = 'set') => `<iq type='${type}' id='1' to='example.com'>${content}</iq>`
const condition = (answer: Element) =>
  answer
    .child('error')
    ?.elements()
    .map(({ name }) => name)
    .filter((name) => name !== 'text')

async function run(client: FakeClient, request: CommandRequest): Promise<CommandResponse> {
  const answer = await client.request(iq(commandRequestElement(request)))
  const response = readCommandResponse(answer.elements()[0] ?? answer)
  if (!response) throw new Error(`refused: ${answer}`)
  return response
}
const refuse = async (client: FakeClient, request: CommandRequest) =>
  condition(await client.request(iq(commandRequestElement(request))))
const submit = (name: string, value: string) => ({ type: 'submit', fields: [{ name, values: [value] }] }) as const

describe('XEP-0050: the wire', () => {
  test('§4.1: requests go there and back', () => {
    const request: CommandRequest = { node: 'config', sessionId: 's', action: 'next', form: submit('a', '1') }
    expect(readCommandRequest(commandRequestElement(request))).toEqual(request)
    expect(readCommandRequest(commandRequestElement({ node: 'list' }))).toEqual({ node: 'list' })
  })

  test('§4.1: responses go there and back', () => {
    const response: CommandResponse = {
      node: 'config',
      sessionId: 's',
      status: 'executing',
      form: form('f'),
      notes: [{ type: 'warn', text: 'w' }],
      directions: ['prev', 'next', 'complete'],
      execute: 'complete',
    }
    expect(readCommandResponse(commandResponseElement(response))).toEqual(response)
    expect(readCommandResponse(el('command', COMMANDS_NAMESPACE, { node: 'a', status: 'novel' }))).toBeUndefined()
    expect(
      readCommandResponse(
        parseXml(`<command xmlns='${COMMANDS_NAMESPACE}' node='a' status='completed'><note>n</note></command>`),
      ),
    ).toMatchObject({
      notes: [{ type: 'info', text: 'n' }],
    })
  })
})

describe('XEP-0050 §2: discovery', () => {
  test('§2.2: the list has what the requester may execute', async () => {
    const scene = await open()
    const query = iq(`<query xmlns='http://jabber.org/protocol/disco#items' node='${COMMANDS_NAMESPACE}'/>`, 'get')
    const nodes = async (client: FakeClient) => {
      const answer = await client.request(query)
      return readDiscoItems(answer.elements()[0] ?? answer).map(({ node }) => node)
    }
    const own = ['own-sessions', 'own-devices', 'revoke-device', 'change-password'].map(
      (name) => `urn:parlour:commands:${name}`,
    )
    expect(await nodes(await scene.connect('romeo@example.com/orchard'))).toEqual([...own, 'config', 'broken'])
    expect(await nodes(await scene.connect('tybalt@example.com/street'))).toEqual([...own, 'broken'])
  })

  test('§2.2: "A responder MUST at least provide" identity and feature; to others "a 403 Forbidden error"', async () => {
    const scene = await open()
    const query = iq("<query xmlns='http://jabber.org/protocol/disco#info' node='config'/>", 'get')
    const romeo = await scene.connect('romeo@example.com/orchard')
    const answer = await romeo.request(query)
    const info = readDiscoInfo(answer.elements()[0] ?? answer)
    expect(info.identities).toEqual([{ category: 'automation', type: 'command-node', name: 'Configure Service' }])
    expect(info.features).toEqual([COMMANDS_NAMESPACE, 'jabber:x:data'])
    const tybalt = await scene.connect('tybalt@example.com/street')
    expect(condition(await tybalt.request(query))).toEqual(['forbidden'])
  })
})

describe('XEP-0050 §2.4: execution', () => {
  test('through all stages, back, and to the end', async () => {
    const scene = await open()
    const romeo = await scene.connect('romeo@example.com/orchard')
    const first = await run(romeo, { node: 'config' })
    expect(first).toMatchObject({ status: 'executing', form: { title: 'one' }, directions: ['next'], execute: 'next' })
    const { sessionId } = first
    const second = await run(romeo, { node: 'config', sessionId, form: submit('a', '1') })
    expect(second).toMatchObject({ sessionId, form: { title: 'two' }, directions: ['prev', 'next', 'complete'] })
    expect(await run(romeo, { node: 'config', sessionId, action: 'prev' })).toMatchObject({ form: { title: 'one' } })
    await run(romeo, { node: 'config', sessionId, action: 'next', form: submit('a', '2') })
    const last = await run(romeo, {
      node: 'config',
      sessionId,
      action: 'complete',
      form: { ...submit('b', '3'), type: 'cancel' },
    })
    // §3.5.1: a form of type cancel counts as submitted.
    expect(last).toMatchObject({ sessionId, status: 'completed', notes: [{ type: 'info', text: '2 3 submit' }] })
    expect(await refuse(romeo, { node: 'config', sessionId })).toEqual(['not-allowed', 'session-expired'])
  })

  test('§2.4.4: to a cancel "the responder MUST reply with the success of the command"', async () => {
    const scene = await open()
    const romeo = await scene.connect('romeo@example.com/orchard')
    const { sessionId } = await run(romeo, { node: 'config' })
    expect(await run(romeo, { node: 'config', sessionId, action: 'cancel' })).toMatchObject({
      status: 'canceled',
      sessionId,
    })
    expect(await refuse(romeo, { node: 'config', sessionId })).toEqual(['not-allowed', 'session-expired'])
    expect(scene.environment.pendingTimers).toBe(0)
  })

  test('§4.1: "The node attribute … MUST be present"; "session id MUST NOT be empty"; §4.4: errors', async () => {
    const scene = await open()
    const romeo = await scene.connect('romeo@example.com/orchard')
    const raw = async (attributes: string) =>
      condition(await romeo.request(iq(`<command xmlns='${COMMANDS_NAMESPACE}' ${attributes}/>`)))
    expect(await raw('')).toEqual(['bad-request'])
    expect(await raw("node='config' sessionid=''")).toEqual(['bad-request', 'bad-sessionid'])
    expect(await raw("node='config' action='dance'")).toEqual(['bad-request', 'malformed-action'])
    expect(await raw("node='config' action='next'")).toEqual(['bad-request', 'bad-action'])
    expect(await raw("node='none'")).toEqual(['item-not-found'])
    expect(await raw("node='config' sessionid='guessed'")).toEqual(['not-allowed', 'session-expired'])
    const { sessionId } = await run(romeo, { node: 'config' })
    expect(await refuse(romeo, { node: 'config', sessionId, action: 'complete' })).toEqual([
      'bad-request',
      'bad-action',
    ])
    expect(await refuse(romeo, { node: 'broken', sessionId })).toEqual(['bad-request', 'bad-sessionid'])
    // "If specified by the requester, the responder MUST ignore" the status.
    expect(await raw(`node='config' sessionid='${sessionId}' status='canceled'`)).toBeUndefined()
  })

  test('§3.3: a session is "valid only between one requester/responder pair": bound to the full JID', async () => {
    const scene = await open()
    const romeo = await scene.connect('romeo@example.com/orchard')
    const { sessionId } = await run(romeo, { node: 'config' })
    const street = await scene.connect('romeo@example.com/street')
    const juliet = await scene.connect('juliet@example.com/balcony')
    for (const other of [street, juliet])
      expect(await refuse(other, { node: 'config', sessionId, action: 'cancel' })).toEqual([
        'bad-request',
        'bad-sessionid',
      ])
    expect(await run(romeo, { node: 'config', sessionId })).toMatchObject({ form: { title: 'two' } })
  })

  test('the permission is checked at every stage', async () => {
    const scene = await open()
    const tybalt = await scene.connect('tybalt@example.com/street')
    expect(await refuse(tybalt, { node: 'config' })).toEqual(['forbidden'])
    allowed.add('tybalt@example.com')
    const { sessionId } = await run(tybalt, { node: 'config' })
    allowed.delete('tybalt@example.com')
    expect(await refuse(tybalt, { node: 'config', sessionId })).toEqual(['forbidden'])
  })

  test('sessions are bounded in number and in time, and end with the session of the client', async () => {
    const scene = await open({ maxPerAccount: 2, timeoutSeconds: 60 })
    const romeo = await scene.connect('romeo@example.com/orchard')
    const { sessionId } = await run(romeo, { node: 'config' })
    await run(romeo, { node: 'config' })
    expect(await refuse(romeo, { node: 'config' })).toEqual(['resource-constraint'])
    scene.environment.advance(61_000)
    expect(await refuse(romeo, { node: 'config', sessionId })).toEqual(['not-allowed', 'session-expired'])
    await run(romeo, { node: 'config' })
    await romeo.disconnect()
    expect(scene.environment.pendingTimers).toBe(0)
  })

  test('a fault within a command is internal-server-error, and logged', async () => {
    const scene = await open()
    const romeo = await scene.connect('romeo@example.com/orchard')
    expect(await refuse(romeo, { node: 'broken' })).toEqual(['internal-server-error'])
    expect(scene.errors).toHaveLength(1)
  })
})

describe('built-in commands', () => {
  test("one's connected devices", async () => {
    const scene = await open()
    const romeo = await scene.online('romeo@example.com/orchard')
    await scene.connect('romeo@example.com/street')
    await scene.connect('juliet@example.com/balcony')
    const { status, form: table } = await run(romeo, { node: 'urn:parlour:commands:own-sessions' })
    expect(status).toBe('completed')
    expect(table?.items?.map((row) => row.map(({ values }) => values?.[0]))).toEqual([
      ['orchard', '2026-01-01T00:00:00.000Z', '127.0.0.1', '1'],
      ['street', '2026-01-01T00:00:00.000Z', '127.0.0.1', '0'],
    ])
  })

  test('a new password, typed twice, on an encrypted stream', async () => {
    const scene = await open()
    await scene.kernel.accounts.setPassword(scene.accountJid('romeo'), 'old-password')
    const verifier = async () => (await scene.kernel.accounts.find(scene.accountJid('romeo')))?.credentials('SHA-1')
    const before = await verifier()
    const romeo = await scene.connect('romeo@example.com/orchard')
    const node = 'urn:parlour:commands:change-password'
    const change = async (password: string, again: string) => {
      const { sessionId } = await run(romeo, { node })
      const fields = [
        { name: 'password', values: [password] },
        { name: 'password-again', values: [again] },
      ]
      return run(romeo, { node, sessionId, action: 'complete', form: { type: 'submit', fields } })
    }
    // §3.6: "If a command completes but fails, the responder MUST include at least one <note type='error'/>".
    expect((await change('new-password', 'new-passwort')).notes?.[0]?.type).toBe('error')
    expect((await change('short', 'short')).notes?.[0]?.type).toBe('error')
    expect(await verifier()).toEqual(before)
    expect((await change('new-password', 'new-password')).notes?.[0]?.type).toBe('info')
    expect(await verifier()).not.toEqual(before)
    const { sessionId } = await run(romeo, { node })
    const missing = await romeo.request(iq(commandRequestElement({ node, sessionId, action: 'complete' })))
    expect(condition(missing)).toEqual(['bad-request', 'bad-payload'])
    romeo.stream.secure = false
    expect(await refuse(romeo, { node })).toEqual(['not-authorized'])
    expect(dataFormElement(submit('a', 'b')).attribute('type')).toBe('submit')
  })
})
