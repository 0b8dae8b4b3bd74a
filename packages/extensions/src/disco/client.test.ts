import { expect, test } from 'vitest'
import { pingClient } from '../ping/client.ts'
import { Scene } from '../scene.fixture.ts'
import { discoClient, discoClientWith } from './client.ts'
import { discoServer } from './server.ts'

test('XEP-0030 §3.1, §4.1: asks the server, and answers for the extensions in use', async () => {
  const scene = await Scene.open([discoServer], { accounts: ['romeo@example.com'] })
  await using romeo = await scene.client('romeo@example.com/orchard')
  await using street = await scene.client('romeo@example.com/street')
  const identities = [{ category: 'client', type: 'bot' }]
  street.use(discoClientWith(identities))
  street.use(pingClient)
  const disco = romeo.use(discoClient)
  expect((await disco.info('example.com')).identities).toEqual([{ category: 'server', type: 'im', name: 'Parlour' }])
  expect(await disco.items('example.com')).toEqual([])
  expect(await disco.info(street.jid)).toEqual({
    identities,
    features: ['http://jabber.org/protocol/disco#info', 'http://jabber.org/protocol/disco#items', 'urn:xmpp:ping'],
    extensions: [],
  })
  await expect(disco.info(street.jid, 'unknown')).rejects.toMatchObject({ condition: 'item-not-found' })
  const remove = street
    .use(discoClient)
    .addNodes((node) => (node === 'known' ? { identities: [], features: ['a'], extensions: [] } : undefined))
  expect(await disco.info(street.jid, 'known')).toMatchObject({ node: 'known', features: ['a'] })
  expect(await disco.items(street.jid, 'known')).toEqual([])
  remove()
  await expect(disco.items(street.jid, 'known')).rejects.toMatchObject({ condition: 'item-not-found' })
})
