import { roster } from '@parlour/client-core'
import { discoInfoRequest, discoItemsRequest, readDiscoInfo, readDiscoItems } from '@parlour/extensions/disco'
import {
  credentialsElement,
  readRegistrationFields,
  registrationRequest,
  removalElement,
} from '@parlour/extensions/registration'
import { message, presence, type Stanza } from '@parlour/stanza'
import { expect, test } from 'vitest'
import { describe as describeNumber, runNumberGateway } from '../examples/number-gateway.ts'
import { Stage } from './stage.ts'

const GATEWAY = { to: 'numbers.localhost' }

test('the gateway: found, registered with, a number added, asked, left again', async () => {
  await using stage = await Stage.open([{ domain: 'numbers.localhost' }], 'juliet')
  const component = stage.component({ domain: 'numbers.localhost' })
  const running = runNumberGateway(component)
  await component.online()
  const juliet = await stage.client('juliet')
  const [messages, presences] = [juliet.messages(), juliet.presences()]
  const next = async <Kind extends Stanza>(stanzas: AsyncIterator<Kind, undefined>) =>
    (await stanzas.next()).value as Kind
  await juliet.use(roster).load()
  await juliet.send(presence({}))
  await next(presences) // her own

  const found = readDiscoItems((await juliet.iq.get(discoItemsRequest(), { to: 'localhost' })) as never)
  expect(found).toEqual([{ jid: 'numbers.localhost' }])
  const info = readDiscoInfo((await juliet.iq.get(discoInfoRequest(), GATEWAY)) as never)
  expect(info.identities).toEqual([{ category: 'gateway', type: 'numbers', name: 'Whole numbers' }])

  await juliet.send(message({ to: '42@numbers.localhost', type: 'chat', body: 'Who art thou?' }))
  expect((await next(messages)).element.toString()).toContain('registration-required')
  expect(readRegistrationFields((await juliet.iq.get(registrationRequest(), GATEWAY)) as never).fields).toEqual([
    'username',
  ])
  await expect(juliet.iq.set(credentialsElement('many', ''), GATEWAY)).rejects.toThrow('nine digits')
  await juliet.iq.set(credentialsElement('7', ''), GATEWAY)
  expect((await next(messages)).body).toBe('Welcome. 7@numbers.localhost is waiting for you.')
  const own = readDiscoItems((await juliet.iq.get(discoItemsRequest(), GATEWAY)) as never)
  expect(own).toEqual([{ jid: '7@numbers.localhost', name: '7, a prime' }])

  await juliet.send(presence({ to: '42@numbers.localhost', type: 'subscribe' }))
  const told: string[] = []
  while (told.at(-1) !== '42 = 2 × 3 × 7') {
    const { type, status, from } = await next(presences)
    told.push(status ?? `${from} ${type}`)
  }
  expect(told).toContain('42@numbers.localhost subscribed')
  await juliet.send(message({ to: '42@numbers.localhost', type: 'chat', body: 'Who art thou?' }))
  expect((await next(messages)).body).toBe('I am 42 = 2 × 3 × 7.')
  await juliet.send(message({ to: 'love@numbers.localhost', type: 'chat', body: 'Who art thou?' }))
  expect((await next(messages)).element.toString()).toContain('item-not-found')
  await expect(juliet.iq.get(discoInfoRequest(), { to: 'love@numbers.localhost' })).rejects.toThrow('item-not-found')

  await juliet.iq.set(removalElement(), GATEWAY)
  await expect(juliet.iq.set(removalElement(), GATEWAY)).rejects.toThrow('registration-required')
  await component.close()
  await running
})

test.each([
  [0, '0'],
  [1, '1'],
  [2, '2, a prime'],
  [12, '12 = 2 × 2 × 3'],
  [49, '49 = 7 × 7'],
  [999_999_937, '999999937, a prime'],
])('%s', (number, words) => expect(describeNumber(number)).toBe(words))
