import { expect, test } from 'vitest'
import { offlineServer } from './offline/server.ts'
import { privateXmlServer } from './private-xml/server.ts'
import { JULIET, openPush } from './push/push.fixture.ts'
import { Scene } from './scene.fixture.ts'
import { vcardServer } from './vcard/server.ts'

const NUMBERS = Array.from({ length: 60 }, (_, number) => number)
/** Each element of a stanza with both is within the limits of a stream; the inner one, written alone, has 121 attributes. */
const DECLARED = NUMBERS.map((number) => `xmlns:a${number}='urn:a:${number}'`).join(' ')
const USED = NUMBERS.map((number) => `a${number}:b=''`).join(' ')
const accounts = ['romeo@example.com', JULIET]

test('a message that declares its namespaces outside of what uses them waits for its receiver, as all do', async () => {
  const scene = await Scene.open([offlineServer], { accounts })
  const romeo = await scene.online('romeo@example.com/orchard')
  await romeo.send(`<message ${DECLARED} to='${JULIET}'><body>once</body><x xmlns='urn:x' ${USED}/></message>`)
  const juliet = await scene.online(`${JULIET}/balcony`)
  expect(juliet.bodies()).toEqual(['once'])
  expect(await scene.storage.countArchive('offline/messages', JULIET)).toBe(0)
  expect(scene.errors).toEqual([])
})

const PRIVATE = "<query xmlns='jabber:iq:private'>"
const stored = [
  ['private XML', `${PRIVATE}<x xmlns='urn:x' ${USED}/></query>`, `${PRIVATE}<x xmlns='urn:x'/></query>`],
  ['a vCard', `<vCard xmlns='vcard-temp'><FN ${USED}/></vCard>`, "<vCard xmlns='vcard-temp'/>"],
] as const

test.each(stored)('what was stored by such a request can be read: %s', async (_, set, get) => {
  const scene = await Scene.open([privateXmlServer, vcardServer], { accounts })
  const juliet = await scene.connect(`${JULIET}/balcony`)
  const ask = (type: string, payload: string) => juliet.request(`<iq type='${type}' id='i' ${DECLARED}>${payload}</iq>`)
  await ask('set', set)
  expect((await ask('get', get)).toString()).toContain('urn:a:59')
  expect(scene.errors).toEqual([])
})

const FORM_TYPE = "<field var='FORM_TYPE'><value>http://jabber.org/protocol/pubsub#publish-options</value></field>"

test('publish options (XEP-0357 §5) of such a request are sent with each notification', async () => {
  const { scene, service, chat } = await openPush()
  const phone = await scene.connect(`${JULIET}/phone`)
  const form = `<x xmlns='jabber:x:data' type='submit' ${USED}>${FORM_TYPE}</x>`
  const enable = `<enable xmlns='urn:xmpp:push:0' jid='push.example' node='n1'>${form}</enable>`
  await phone.request(`<iq type='set' id='e' ${DECLARED}>${enable}</iq>`)
  await phone.disconnect()
  await chat('1')
  expect(service.take().map(({ options }) => options?.toString())).toEqual([expect.stringContaining('urn:a:59')])
})

test('options that cannot be read are a failure of one notification, and nothing else', async () => {
  const { away, storage } = await openPush()
  await away('n1')
  const owner = JULIET
  const key = 'push.example\nn2'
  const value = { jid: 'push.example', node: 'n2', resource: 'tablet', at: 0, options: '<x' }
  await storage.commit([{ type: 'put', store: 'push/registrations', owner, key, value }])
  const again = await openPush({}, storage)
  await again.chat('1')
  expect(again.service.take().map(({ node }) => node)).toEqual(['n1'])
  expect(again.scene.errors).toHaveLength(1)
})
