import { el } from '@parlour/xml'
import { expect, test } from 'vitest'
import { contactAddressesClient } from './contact-addresses/client.ts'
import { contactAddressesServer } from './contact-addresses/server.ts'
import { discoServer } from './disco/server.ts'
import { lastActivityClient } from './last-activity/client.ts'
import { lastActivityServer } from './last-activity/server.ts'
import { privateXmlClient } from './private-xml/client.ts'
import { privateXmlServer } from './private-xml/server.ts'
import { registrationClient } from './registration/client.ts'
import { registrationServer } from './registration/server.ts'
import { Scene, settled } from './scene.fixture.ts'
import { timeClient, timeClientWith } from './time/client.ts'
import { timeServer } from './time/server.ts'
import { vcardClient } from './vcard/client.ts'
import { vcardServer } from './vcard/server.ts'
import { readVcard, vcardElement } from './vcard/wire.ts'
import { versionClient, versionClientWith } from './version/client.ts'
import { createVersionServer } from './version/server.ts'

/** Client and server halves of what is one request and its answer, against one another. */
const open = () =>
  Scene.open(
    [
      discoServer,
      createVersionServer({ name: 'Parlour', version: '1.2.3' }),
      timeServer,
      lastActivityServer,
      vcardServer,
      privateXmlServer,
      registrationServer,
      contactAddressesServer,
    ],
    {
      accounts: ['romeo@example.com', 'juliet@example.com'],
      settings: { 'contact-addresses': { abuse: ['mailto:abuse@example.com'] } },
    },
  )

test('XEP-0092: software version, of a server and of a client', async () => {
  const scene = await open()
  await using romeo = await scene.client('romeo@example.com/orchard')
  await using street = await scene.client('romeo@example.com/street')
  street.use(versionClientWith({ name: 'Client', version: '4' }))
  const version = romeo.use(versionClient)
  expect(await version.get('example.com')).toEqual({ name: 'Parlour', version: '1.2.3' })
  expect(await version.get(street.jid)).toEqual({ name: 'Client', version: '4' })
  await expect(street.use(versionClient).get(romeo.jid)).rejects.toMatchObject({ condition: 'service-unavailable' })
})

test('XEP-0202: entity time, of a server and of a client', async () => {
  const scene = await open()
  await using romeo = await scene.client('romeo@example.com/orchard')
  await using street = await scene.client('romeo@example.com/street')
  street.use(timeClientWith({ offset: -300 }))
  const at = scene.environment.now()
  expect(await romeo.use(timeClient).get('example.com')).toEqual({ at, offset: 0 })
  expect(await romeo.use(timeClient).get(street.jid)).toEqual({ at, offset: -300 })
})

test('XEP-0012: last activity', async () => {
  const scene = await open()
  await using romeo = await scene.client('romeo@example.com/orchard')
  scene.environment.advance(5000)
  expect(await romeo.use(lastActivityClient).get('example.com')).toEqual({ seconds: 5 })
  await expect(romeo.use(lastActivityClient).get('juliet@example.com')).rejects.toMatchObject({
    condition: 'forbidden',
  })
})

test('XEP-0054: vCards', async () => {
  const scene = await open()
  await using romeo = await scene.client('romeo@example.com/orchard')
  const vcards = romeo.use(vcardClient)
  expect(await vcards.get()).toBeUndefined()
  expect(await vcards.get('juliet@example.com')).toBeUndefined()
  await vcards.set(vcardElement({ fullName: 'Romeo' }))
  const own = await vcards.get()
  expect(own && readVcard(own)).toEqual({ fullName: 'Romeo' })
})

test('XEP-0049: private XML', async () => {
  const scene = await open()
  await using romeo = await scene.client('romeo@example.com/orchard')
  const storage = romeo.use(privateXmlClient)
  expect((await storage.get('a', 'urn:a'))?.children).toEqual([])
  await storage.set([el('a', 'urn:a', {}, 'text')])
  expect((await storage.get('a', 'urn:a'))?.text()).toBe('text')
})

test('XEP-0157: contact addresses', async () => {
  const scene = await open()
  await using romeo = await scene.client('romeo@example.com/orchard')
  expect(await romeo.use(contactAddressesClient).get()).toEqual({ abuse: ['mailto:abuse@example.com'] })
})

test('XEP-0077: a new password, and the end of the account', async () => {
  const scene = await open()
  const romeo = await scene.client('romeo@example.com/orchard')
  const registration = romeo.use(registrationClient)
  expect(await registration.fields()).toMatchObject({ registered: 'romeo' })
  await registration.changePassword('correct horse')
  expect((await scene.kernel.accounts.find(scene.accountJid('romeo')))?.credentials('SHA-1')).toBeDefined()
  await registration.removeAccount()
  expect(await scene.kernel.accounts.exists(scene.accountJid('romeo'))).toBe(false)
  scene.environment.advance(1)
  await settled()
  expect(scene.kernel.directory.sessions('romeo@example.com')).toEqual([])
})

test.each([
  ['jabber:iq:last', 'query'],
  ['jabber:iq:private', 'query'],
])(
  'RFC 6120 §13.11: to a stranger, {%s}%s of an account that exists is as of one that does not',
  async (namespace, name) => {
    const scene = await open()
    await using romeo = await scene.client('romeo@example.com/orchard')
    const ask = (to: string) => romeo.iq.get(el(name, namespace), { to }).catch((error: unknown) => String(error))
    expect(await ask('juliet@example.com')).toBe(await ask('nobody@example.com'))
  },
)
