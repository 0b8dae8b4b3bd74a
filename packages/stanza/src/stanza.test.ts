import { el } from '@parlour/xml'
import { expect, test } from 'vitest'
import { isStanza, type Message, message, type Presence, presence, readStanza, StanzaError } from './index.ts'

const refused = (condition: string, type: string) => expect.objectContaining({ name: 'StanzaError', condition, type })
const readMessage = (element: Parameters<typeof readStanza>[0]) => readStanza(element) as Message
const readPresence = (element: Parameters<typeof readStanza>[0]) => readStanza(element) as Presence

test('RFC 6120 §8.1: common attributes', () => {
  const element = message({
    to: 'romeo@example.net',
    from: 'juliet@example.com/balcony',
    id: 'x',
    lang: 'en',
    body: 'Hi',
  })
  const stanza = readStanza(element)
  expect(stanza.element).toBe(element)
  expect([stanza.kind, stanza.id, stanza.lang]).toEqual(['message', 'x', 'en'])
  expect([String(stanza.to), String(stanza.from)]).toEqual(['romeo@example.net', 'juliet@example.com/balcony'])
  const bare = readStanza(el('presence', 'jabber:client'))
  expect([bare.to, bare.from, bare.id, bare.lang, bare.error]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})

test.each(['to', 'from'])("RFC 6120 §8.3.3.8: a malformed '%s' is jid-malformed", (name) => {
  for (const address of ['', '@', 'a@', 'a@b/', 'ch@r@cters@muc.example.com/JulieC']) {
    expect(() => readStanza(el('message', 'jabber:client', { [name]: address }))).toThrow(
      refused('jid-malformed', 'modify'),
    )
  }
})

test('RFC 6120 §8: only message, presence and iq are stanzas', () => {
  expect(() => readStanza(el('pubsub', 'jabber:client'))).toThrow(refused('bad-request', 'modify'))
  expect(['message', 'presence', 'iq', 'auth'].map((name) => isStanza(el(name, 'jabber:client')))).toEqual([
    true,
    true,
    true,
    false,
  ])
})

test('RFC 6121 §5.2.2: type of a message; what is missing or unknown is normal', () => {
  const typeOf = (type: string | undefined) => readMessage(el('message', 'jabber:client', { type })).type
  for (const type of ['normal', 'chat', 'groupchat', 'headline', 'error']) expect(typeOf(type)).toBe(type)
  expect([typeOf(undefined), typeOf('new'), typeOf('constructor')]).toEqual(['normal', 'normal', 'normal'])
})

test('RFC 6121 §5.2.3, §5.2.4, §5.2.5: body, subject, thread', () => {
  const element = message({
    body: 'Art thou not Romeo?',
    subject: '',
    thread: 't',
    threadParent: 'p',
    children: [el('body', 'jabber:client', { 'xml:lang': 'cs' }, 'Pročež')],
  })
  const stanza = readMessage(element)
  expect([stanza.body, stanza.subject, stanza.thread, stanza.threadParent]).toEqual([
    'Art thou not Romeo?',
    '',
    't',
    'p',
  ])
  expect([...stanza.bodies]).toEqual([
    ['', 'Art thou not Romeo?'],
    ['cs', 'Pročež'],
  ])
  expect([...stanza.subjects]).toEqual([['', '']])
  const other = readMessage(el('message', 'jabber:client', {}, el('body', 'urn:other', {}, 'x')))
  expect([other.body, other.subject, other.thread, other.threadParent]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ])
})

test('content is read in the namespace of the stanza', () => {
  expect(readMessage(message({ namespace: 'jabber:server', body: 'x' })).body).toBe('x')
})

test('RFC 6120 §8.1.5: the language of a child overrides that of the stanza, the first of a language counts', () => {
  const status = (language: string | undefined, text: string) =>
    el('status', 'jabber:client', { 'xml:lang': language }, text)
  const element = presence({
    lang: 'en',
    children: [status(undefined, 'Wooing'), status('cs', 'Dvořím se'), status('en', 'again')],
  })
  expect([...readPresence(element).statuses]).toEqual([
    ['en', 'Wooing'],
    ['cs', 'Dvořím se'],
  ])
  expect(readPresence(element).status).toBe('Wooing')
})

test('RFC 6121 §4.7.1: type of presence', () => {
  const read = (type: string | undefined) => readPresence(el('presence', 'jabber:client', { type })).type
  for (const type of [
    undefined,
    'unavailable',
    'subscribe',
    'subscribed',
    'unsubscribe',
    'unsubscribed',
    'probe',
    'error',
  ]) {
    expect(read(type)).toBe(type)
  }
  for (const type of ['available', '', 'Probe']) expect(() => read(type)).toThrow(refused('bad-request', 'modify'))
})

test('RFC 6121 §4.7.2.1: show', () => {
  for (const show of ['away', 'chat', 'dnd', 'xa'] as const) expect(readPresence(presence({ show })).show).toBe(show)
  expect(readPresence(presence()).show).toBeUndefined()
  expect(readPresence(presence({ children: [el('show', 'jabber:client', {}, 'busy')] })).show).toBeUndefined()
})

test.each([
  ['1', 1],
  ['-128', -128],
  ['127', 127],
  ['+5', 5],
  [' 7\n', 7],
  ['128', 0],
  ['-129', 0],
  ['1.5', 0],
  ['', 0],
  ['x', 0],
  ['1e2', 0],
  ['9'.repeat(400), 0],
])('RFC 6121 §4.7.2.3: priority %j is %d', (text, priority) => {
  expect(readPresence(presence({ children: [el('priority', 'jabber:client', {}, text)] })).priority).toBe(priority)
})

test('RFC 6121 §4.7.2.3: no priority is 0; only -128 to 127 can be built', () => {
  expect(readPresence(presence()).priority).toBe(0)
  expect(presence({ priority: -1 }).toString()).toBe(
    "<presence xmlns='jabber:client'><priority>-1</priority></presence>",
  )
  for (const priority of [128, -129, 1.5, Number.NaN]) expect(() => presence({ priority })).toThrow(RangeError)
})

test('error: what the <error/> of an error stanza says', () => {
  const error = new StanzaError('gone', undefined, { uri: 'xmpp:romeo@afterlife.example.net' })
  const stanza = readStanza(message({ type: 'error', children: [error.toElement()] }))
  expect(stanza.error?.condition).toBe('gone')
  expect(stanza.error?.uri).toBe('xmpp:romeo@afterlife.example.net')
})
