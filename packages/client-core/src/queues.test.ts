import { el } from '@parlour/xml'
import { StreamError } from '@parlour/xml-stream'
import { expect, test, vi } from 'vitest'
import { online, rejection } from '../test/fake-streams.ts'

const say = (text: string) => `<message from='romeo@example.net' type='chat'><body>${text}</body></message>`

test('for await over messages: what came before it was taken, and what comes later; in order', async () => {
  await using client = (await online()).client
  const scene = await online()
  const heard: (string | undefined)[] = []
  const messages = scene.client.messages()
  scene.stream.receive(say('1'))
  scene.stream.receive("<presence from='romeo@example.net/orchard'/>")
  scene.stream.receive(say('2'))
  setTimeout(() => scene.stream.receive(say('3')), 0)
  for await (const { body } of messages) {
    heard.push(body)
    if (body === '3') break
  }
  expect(heard).toEqual(['1', '2', '3'])
  scene.stream.receive(say('4'))
  expect(await messages.next()).toEqual({ value: undefined, done: true })
  expect(client.counters.droppedStanzas).toBe(0)
  await scene.client.close()
})

test('every iteration hears everything; presence apart from messages', async () => {
  using scene = await online()
  const [a, b] = [scene.client.messages(), scene.client.messages()]
  const presences = scene.client.presences()
  scene.stream.receive(say('x'))
  scene.stream.receive("<presence from='romeo@example.net/orchard'><show>away</show></presence>")
  expect((await a.next()).value?.body).toBe('x')
  expect((await b.next()).value?.body).toBe('x')
  expect((await presences.next()).value?.show).toBe('away')
})

test('a queue that is full fails by default, after what it holds: nothing is lost unnoticed', async () => {
  using scene = await online()
  const messages = scene.client.messages({ max: 2 })
  for (const text of ['1', '2', '3', '4']) scene.stream.receive(say(text))
  expect((await messages.next()).value?.body).toBe('1')
  expect((await messages.next()).value?.body).toBe('2')
  expect(await rejection(messages.next())).toMatchObject({ name: 'ClientError', code: 'overflow' })
  expect(await messages.next()).toEqual({ value: undefined, done: true })
})

test.each([
  ['drop-oldest', ['3', '4']],
  ['drop-newest', ['1', '2']],
] as const)('a queue may be told to %s; what is dropped is counted', async (overflow, kept) => {
  using scene = await online()
  const messages = scene.client.messages({ max: 2, overflow })
  for (const text of ['1', '2', '3', '4']) scene.stream.receive(say(text))
  expect([(await messages.next()).value?.body, (await messages.next()).value?.body]).toEqual(kept)
  expect(scene.client.counters.droppedStanzas).toBe(2)
})

test('a long queue is taken from the front without moving what is behind', async () => {
  using scene = await online()
  const messages = scene.client.messages({ max: 100_000 })
  for (let i = 0; i < 50_000; i++) scene.stream.receive(say(String(i)))
  for (let i = 0; i < 50_000; i++) expect((await messages.next()).value?.body).toBe(String(i))
})

test('an iteration goes on over a reconnection, and ends with the client', async () => {
  const scene = await online()
  const messages = scene.client.messages()
  scene.stream.lose()
  scene.environment.advance(1_000)
  await scene.client.online()
  scene.stream.receive(say('again'))
  expect((await messages.next()).value?.body).toBe('again')
  const next = messages.next()
  await scene.client.close()
  expect(await next).toEqual({ value: undefined, done: true })
})

test('an iteration ends with the error that ended the client', async () => {
  const scene = await online()
  const next = rejection(scene.client.messages().next())
  scene.stream.lose(new StreamError('conflict'))
  expect(await next).toMatchObject({ code: 'stream-error' })
  expect(await rejection(scene.client.messages().next())).toMatchObject({ code: 'stream-error' })
})

test('a signal ends an iteration, also before it begins', async () => {
  using scene = await online()
  const controller = new AbortController()
  const next = rejection(scene.client.messages({ signal: controller.signal }).next())
  controller.abort('enough')
  expect(await next).toMatchObject({ code: 'aborted', cause: 'enough' })
  const late = scene.client.messages({ signal: controller.signal })
  expect(await rejection(late.next())).toMatchObject({ code: 'aborted' })
})

test('listeners hear every stanza until they are taken out; one that throws does not silence the others', async () => {
  using scene = await online()
  const errors: unknown[] = []
  const onError = (error: unknown) => errors.push(error)
  const { listeners } = { listeners: process.listeners('uncaughtException') }
  process.removeAllListeners('uncaughtException').on('uncaughtException', onError)
  const heard = vi.fn()
  const fault = new Error('a fault in a listener')
  scene.client.stanzas(() => {
    throw fault
  })
  const remove = scene.client.stanzas(heard)
  scene.stream.receive(say('x'))
  remove()
  scene.stream.receive(say('y'))
  await new Promise((resolve) => setImmediate(resolve))
  process.off('uncaughtException', onError)
  for (const listener of listeners) process.on('uncaughtException', listener)
  expect(heard).toHaveBeenCalledTimes(1)
  expect(errors).toEqual([fault, fault])
})

test('what is sent passes the rewriters, in their order, until they are taken out', async () => {
  using scene = await online()
  const remove = scene.client.outgoing((stanza) => stanza.withAttributes({ n: '1' }))
  scene.client.outgoing((stanza) => stanza.withAttributes({ n: `${stanza.attribute('n') ?? 0}2` }))
  await scene.client.send(el('message', 'jabber:client'))
  expect(scene.stream.last.attribute('n')).toBe('12')
  remove()
  await scene.client.send(el('message', 'jabber:client'))
  expect(scene.stream.last.attribute('n')).toBe('02')
})

test('an extension is set up once for a client', async () => {
  using scene = await online()
  const setup = vi.fn(() => ({ answer: 42 }))
  const extension = { name: 'answer', features: ['urn:answer'], setup }
  expect(scene.client.use(extension)).toBe(scene.client.use(extension))
  expect(setup).toHaveBeenCalledExactlyOnceWith(scene.client)
  expect(scene.client.extensions.flatMap(({ features = [] }) => features)).toEqual(['urn:answer'])
})
