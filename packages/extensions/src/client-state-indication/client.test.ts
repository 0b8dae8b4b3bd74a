import { expect, test } from 'vitest'
import { Scene, settled } from '../scene.fixture.ts'
import { clientStateIndicationClient } from './client.ts'
import { clientStateIndicationServer } from './server.ts'

const accounts = ['juliet@example.com', 'romeo@example.com']

test('XEP-0352: a program says whether somebody looks at it', async () => {
  const scene = await Scene.open([clientStateIndicationServer], { accounts })
  await using phone = await scene.client('juliet@example.com/phone')
  const shows: (string | undefined)[] = []
  phone.stanzas((stanza) => {
    if (stanza.kind === 'presence') shows.push(stanza.show)
  })
  const romeo = await scene.connect('romeo@example.com/orchard')
  const show = (value: string) => romeo.send(`<presence to='juliet@example.com/phone'><show>${value}</show></presence>`)
  const indication = phone.use(clientStateIndicationClient)
  expect(indication.isSupported).toBe(true)
  await indication.set('inactive')
  await show('away')
  await show('dnd')
  expect(shows).toEqual([])
  await indication.set('active')
  await settled()
  expect(shows).toEqual(['dnd'])
  expect(indication.state).toBe('active')
})

test('XEP-0352 §4.1: a server that does not offer it is told nothing', async () => {
  const scene = await Scene.open([], { accounts })
  await using phone = await scene.client('juliet@example.com/phone')
  const indication = phone.use(clientStateIndicationClient)
  expect(indication.isSupported).toBe(false)
  await indication.set('inactive')
  await settled()
  expect(phone.state.status).toBe('online')
})
