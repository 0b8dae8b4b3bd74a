import { StanzaError } from '@parlour/stanza'
import { expect, test } from 'vitest'
import { Scene } from '../scene.fixture.ts'
import { pingClient } from './client.ts'
import { pingServer } from './server.ts'

const accounts = ['romeo@example.com', 'juliet@example.com']

test('XEP-0199 §4.2: the server answers; §4.3: so does another client', async () => {
  const scene = await Scene.open([pingServer], { accounts })
  await using romeo = await scene.client('romeo@example.com/orchard')
  await using street = await scene.client('romeo@example.com/street')
  street.use(pingClient)
  expect(await romeo.use(pingClient).ping()).toBe(0)
  expect(await romeo.use(pingClient).ping({ to: street.jid })).toBe(0)
  await expect(romeo.use(pingClient).ping({ to: 'nobody@example.com' })).rejects.toThrow(StanzaError)
})
