import { parseJid } from '@parlour/jid'
import { type Iq, iq, readStanza, StanzaError } from '@parlour/stanza'
import { type Element, el } from '@parlour/xml'
import { expect, test } from 'vitest'
import { IqHandlers, type IqRequest } from './iq-handlers.ts'

const NS = 'urn:example:q'
const request = (from: string, to: string, type: 'get' | 'set' = 'get', name = 'q'): IqRequest => {
  const stanza = readStanza(iq({ type, id: '1', from, to, payload: el(name, NS) })) as Iq
  const jid = parseJid(to)
  return {
    iq: stanza,
    payload: stanza.payload as Element,
    from: parseJid(from),
    target: jid.local ? 'account' : 'server',
    to: jid,
    session: undefined,
  }
}
const conditionOf = (find: () => unknown): string => {
  try {
    find()
  } catch (error) {
    if (error instanceof StanzaError) return error.condition
  }
  return 'found'
}
const who = (handlers: IqHandlers, from: string, to: string) => conditionOf(() => handlers.find(request(from, to)))
const nothing = () => undefined

test('a handler is found by type, target, namespace and name, and by nothing less', () => {
  const handlers = new IqHandlers('example.com')
  handlers.add('m', 'get', NS, 'q', nothing)
  const own = 'juliet@example.com'
  expect(handlers.find(request(own, own)).module).toBe('m')
  expect(conditionOf(() => handlers.find(request(own, own, 'set')))).toBe('service-unavailable')
  expect(conditionOf(() => handlers.find(request(own, own, 'get', 'r')))).toBe('service-unavailable')
  expect(who(handlers, own, 'example.com')).toBe('service-unavailable')
})

test.each([
  [
    'account',
    'owner',
    {
      'juliet@example.com': 'found',
      'juliet@example.com/x': 'found',
      'romeo@example.com': 'service-unavailable',
      'juliet@example.net': 'service-unavailable',
    },
  ],
  ['account', 'anyone', { 'juliet@example.com': 'found', 'romeo@example.net': 'found' }],
  [
    'server',
    'owner',
    {
      'juliet@example.com': 'found',
      'romeo@example.com': 'found',
      'romeo@example.net': 'service-unavailable',
      'example.com': 'service-unavailable',
    },
  ],
  ['server', 'anyone', { 'romeo@example.net': 'found', 'example.net': 'found' }],
] as const)('target %s, access %s', (target, access, expected) => {
  const handlers = new IqHandlers('example.com')
  handlers.add('m', 'get', NS, 'q', nothing, { target, access })
  const to = target === 'server' ? 'example.com' : 'juliet@example.com'
  for (const [from, outcome] of Object.entries(expected))
    expect([from, who(handlers, from, to)]).toEqual([from, outcome])
})

test('two modules for the same payload are an error that names both, and leaves nothing half done', () => {
  const handlers = new IqHandlers('example.com')
  handlers.add('one', 'get', NS, 'q', nothing, { target: 'account' })
  expect(() => handlers.add('two', 'get', NS, 'q', nothing, { target: 'any' })).toThrow(/one and two/)
  expect(who(handlers, 'juliet@example.com', 'example.com')).toBe('service-unavailable')
})

test('undoing takes back both targets, and nothing of who came after', () => {
  const handlers = new IqHandlers('example.com')
  const undo = handlers.add('one', 'get', NS, 'q', nothing, { target: 'any' })
  undo()
  expect(who(handlers, 'juliet@example.com', 'example.com')).toBe('service-unavailable')
  handlers.add('two', 'get', NS, 'q', nothing, { target: 'any' })
  undo()
  expect(handlers.find(request('juliet@example.com', 'example.com')).module).toBe('two')
})
