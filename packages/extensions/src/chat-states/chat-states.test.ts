import { Message, message } from '@parlour/stanza'
import { parseXml } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { discoClient } from '../disco/client.ts'
import { Scene } from '../scene.fixture.ts'
import { chatStatesClient } from './client.ts'
import { CHAT_STATES_NAMESPACE, chatStateElement, isStandaloneChatState, readChatState } from './wire.ts'

const parse = (content: string, type = 'chat') =>
  parseXml(`<message xmlns='jabber:client' type='${type}'>${content}</message>`)
const state = (name: string) => `<${name} xmlns='http://jabber.org/protocol/chatstates'/>`

test('XEP-0085 §2: the five states', () => {
  expect(chatStateElement('composing').toString()).toBe("<composing xmlns='http://jabber.org/protocol/chatstates'/>")
  for (const name of ['active', 'composing', 'paused', 'inactive', 'gone'] as const)
    expect(readChatState(parse(state(name)))).toBe(name)
})

test.each([
  ['§5.6, rule 1: "MUST NOT contain more than one"', parse(state('active') + state('gone'))],
  ['a state that there is not', parse(state('sleeping'))],
  ['an error', parse(state('active'), 'error')],
  ['none', parse('<body>x</body>')],
])('no state: %s', (_, element) => {
  expect(readChatState(element)).toBeUndefined()
})

test('§5.6, rule 3: what a standalone notification may contain', () => {
  expect(isStandaloneChatState(parse(`${state('paused')}<thread>t</thread><no-store xmlns='urn:xmpp:hints'/>`))).toBe(
    true,
  )
  expect(isStandaloneChatState(parse(`${state('active')}<body>x</body>`))).toBe(false)
  expect(isStandaloneChatState(parse('<thread>t</thread>'))).toBe(false)
})

describe('the client', () => {
  const open = async () => {
    const scene = await Scene.open([], { accounts: ['romeo@example.com', 'juliet@example.com'] })
    const romeo = await scene.client('romeo@example.com/orchard')
    const juliet = await scene.online('juliet@example.com/balcony')
    juliet.take()
    const states = romeo.use(chatStatesClient)
    const heard: string[] = []
    states.onChange(({ from, state: told, thread }) => heard.push([from, told, thread].join(' ').trim()))
    const chat = (body: string) => romeo.send(message({ to: 'juliet@example.com/balcony', type: 'chat', body }))
    const answer = (content: string, type = 'chat') =>
      juliet.send(`<message type='${type}' to='romeo@example.com/orchard'>${content}</message>`)
    const told = () => juliet.take().map((each) => readChatState(each) ?? 'none')
    return { romeo, states, heard, chat, answer, told, juliet }
  }
  const to = 'juliet@example.com/balcony'

  test('§4: "MUST advertise"', async () => {
    const { romeo } = await open()
    expect(romeo.use(discoClient).own().features).toContain(CHAT_STATES_NAMESPACE)
  })

  test('§5.1, rule 1: before a reply, messages contain <active/>, and nothing else is told', async () => {
    const { states, chat, told } = await open()
    expect(await states.set(to, 'composing')).toBe(false)
    await chat("Who's there?")
    expect(told()).toEqual(['active'])
  })

  test('§5.1, rule 2: "replies but does not include": "MUST NOT send subsequent"', async () => {
    const { states, chat, answer, told } = await open()
    await chat('1')
    await answer('<body>2</body>')
    expect(await states.set(to, 'composing')).toBe(false)
    await chat('3')
    expect(told()).toEqual(['active', 'none'])
  })

  test('§5.1, rule 3: after a reply with a state, states are told', async () => {
    const { states, chat, answer, told, heard } = await open()
    await answer(`<body>2</body><thread>t</thread>${state('active')}`)
    expect(heard).toEqual(['juliet@example.com/balcony active t'])
    expect(await states.set(to, 'composing', { thread: 't' })).toBe(true)
    await chat('3')
    expect(told()).toEqual(['composing', 'active'])
  })

  test('§5.3: "MUST NOT send a second instance of any given standalone notification"', async () => {
    const { states, answer, told, chat } = await open()
    await answer(state('active'))
    expect(await states.set(to, 'composing')).toBe(true)
    expect(await states.set('juliet@example.com', 'composing')).toBe(false)
    expect(await states.set(to, 'paused')).toBe(true)
    await chat('x')
    expect(await states.set(to, 'active')).toBe(false)
    expect(told()).toEqual(['composing', 'paused', 'active'])
  })

  test('§5.2: "MUST allow users to configure": off, nothing is told', async () => {
    const { states, chat, answer, told } = await open()
    await answer(state('active'))
    states.isEnabled = false
    expect(await states.set(to, 'composing')).toBe(false)
    await chat('x')
    expect(told()).toEqual(['none'])
  })

  test('§5.5: rooms: at once, but not <gone/>; theirs is passed over', async () => {
    const { states, answer, heard, juliet } = await open()
    expect(await states.set(to, 'gone', { type: 'groupchat' })).toBe(false)
    expect(await states.set(to, 'composing', { type: 'groupchat' })).toBe(true)
    expect(juliet.take().map((each) => new Message(each).type)).toEqual(['groupchat'])
    await answer(state('gone'), 'groupchat')
    await answer(state('paused'), 'groupchat')
    expect(heard).toEqual(['juliet@example.com/balcony paused'])
  })

  test('a state that is there already stays; neither the own nor presence is one', async () => {
    const { romeo, told, heard } = await open()
    await romeo.send(message({ to, type: 'chat', body: 'x', children: [chatStateElement('inactive')] }))
    await romeo.send(message({ to: 'romeo@example.com/orchard', type: 'chat', children: [chatStateElement('active')] }))
    expect(told()).toEqual(['inactive'])
    expect(heard).toEqual([])
  })
})
