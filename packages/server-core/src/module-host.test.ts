import { parseJid } from '@parlour/jid'
import { message, readStanza, StanzaError } from '@parlour/stanza'
import { el } from '@parlour/xml'
import { expect, test } from 'vitest'
import { Stand } from './kernel.fixture.ts'
import { defineService, type ModuleHost } from './module.ts'
import { JULIET, module, NS, ROMEO, scene } from './module-host.fixture.ts'

test('a rewrite is what the next phases and the receiver see; the sender’s host goes first', async () => {
  const seen: string[] = []
  const mark = (name: string) =>
    module(
      (host) => [
        host.on(
          'archive',
          ({ stanza, direction }) =>
            void (stanza.kind === 'message' && seen.push(`${host.domain} ${direction} ${stanza.id}`)),
        ),
        host.on('rewrite', (event) => {
          if (event.stanza.kind === 'message')
            event.stanza = readStanza(
              event.stanza.element.withAttributes({ id: `${event.stanza.id}-${event.direction}` }),
            )
          return undefined
        }),
      ],
      name,
    )
  const { juliet, romeo } = await scene(mark('m'))
  await juliet.say(`<message id='1' to='${ROMEO}'/>`)
  expect(seen).toEqual(['example.com outbound 1-outbound', 'example.net inbound 1-outbound-inbound'])
  expect(romeo.look()).toEqual([`<message id='1-outbound-inbound' to='${ROMEO}' from='${JULIET}'/>`])
})

test('"handled" ends a stanza in silence; from deliver it is withheld from that session alone', async () => {
  const withhold = module((host) => [
    host.on('guard', ({ stanza }) => (stanza.id === 'spam' ? 'handled' : undefined)),
    host.on('deliver', ({ stanza, session }) =>
      stanza.id === 'some' && session.resource === 'orchard' ? 'handled' : undefined,
    ),
  ])
  const { stand, juliet, romeo } = await scene(withhold)
  const square = await stand.connect('romeo@example.net/square')
  await square.say('<presence/>')
  romeo.look()
  expect(await juliet.say(`<message id='spam' to='romeo@example.net'/>`)).toEqual([])
  await juliet.say(`<message id='some' to='romeo@example.net'/>`)
  expect([romeo.look(), square.look().length]).toEqual([[], 1])
})

test('a module sends in the name of its domain, and delivers past all hooks', async () => {
  let host: ModuleHost | undefined
  const { romeo } = await scene(
    module((at) => {
      if (at.domain === 'example.net') host = at
      return [at.on('guard', ({ stanza }) => (stanza.id === 'hidden' ? 'handled' : undefined))]
    }),
  )
  await host?.send(message({ from: 'example.net', to: ROMEO, id: 'hello' }))
  await host?.send(message({ from: 'example.net', to: ROMEO, id: 'hidden' }))
  expect(romeo.look()).toEqual([`<message from='example.net' to='${ROMEO}' id='hello'/>`])
  expect(host?.sessions(parseJid('romeo@example.net')).map(({ resource }) => resource)).toEqual(['orchard'])
  expect([...(host?.allSessions() ?? [])].map(({ jid }) => jid.toString())).toEqual([ROMEO])
})

test('unloading undoes every registration', async () => {
  const feature = () => el('f', NS)
  const everything = module((host) => [
    host.iq.get(NS, 'q', () => undefined, { target: 'any' }),
    host.on('guard', () => new StanzaError('forbidden')),
    host.streamFeature('authenticated', feature),
    host.beforeAuthentication(NS, async () => undefined),
    host.provide(defineService<number>('number'), 1),
    host.discovery.advertise(NS),
  ])
  const { kernel, juliet } = await scene(everything)
  const host = kernel.router.host('example.com')
  const registered = () => [
    host?.hooks.outbound.length,
    host?.streamFeatures.authenticated.has(feature),
    host?.beforeAuthentication.size,
    host?.services.size,
    host?.discovery.features('server').includes(NS),
  ]
  expect(registered()).toEqual([1, true, 1, 1, true])
  await kernel.stop()
  expect(registered()).toEqual([0, false, 0, 0, false])
  const [answer] = await juliet.say(`<iq id='1' type='get' to='example.com'><q xmlns='${NS}'/></iq>`)
  expect(answer).toContain('<service-unavailable ')
})

test('what one module provides another uses; what nobody provides is an error that says what to do', async () => {
  const number = defineService<number>('number')
  const seen: number[] = []
  const user = module(
    (host) => {
      seen.push(host.use(number))
      return []
    },
    'user',
    ['provider'],
  )
  await Stand.open({ modules: [user, module((host) => [host.provide(number, 7)], 'provider')] })
  expect(seen).toEqual([7, 7])
  const lonely = module((host) => {
    host.use(number)
    return []
  }, 'lonely')
  await expect(Stand.open({ modules: [lonely] })).rejects.toThrow(/no module provides number/)
  const twice = module((host) => [host.provide(number, 1), host.provide(number, 2)], 'twice')
  await expect(Stand.open({ modules: [twice] })).rejects.toThrow(/number is registered already/)
})

test('the stores of two modules are two stores', async () => {
  const stores: ReturnType<ModuleHost['store']>[] = []
  const keeping = (name: string) =>
    module((host) => {
      if (host.domain === 'example.com') stores.push(host.store('x'))
      return []
    }, name)
  await Stand.open({ modules: [keeping('a'), keeping('b')] })
  const [a, b] = stores
  await a?.put('juliet@example.com', 1)
  await a?.put('juliet@example.com', 2, 'key')
  expect([await a?.get('juliet@example.com'), await b?.get('juliet@example.com')]).toEqual([1, undefined])
  expect(await a?.list('juliet@example.com')).toEqual(
    new Map([
      ['', 1],
      ['key', 2],
    ]),
  )
  await a?.put('juliet@example.com', undefined)
  expect(await a?.get('juliet@example.com')).toBeUndefined()
})

test('what a module still writes for an account that was removed is refused: who takes the name next finds nothing', async () => {
  let store: ReturnType<ModuleHost['store']> | undefined
  const notes = module((host) => {
    store = host.store('notes')
    return []
  })
  const { kernel } = await scene(notes)
  const romeo = parseJid('romeo@example.net')
  await store?.put(romeo.toString(), 'before')
  await kernel.accounts.remove(romeo)
  await expect(store?.put(romeo.toString(), 'late')).rejects.toThrow(StanzaError)
  await kernel.accounts.create(romeo, 'another')
  expect(await store?.get(romeo.toString())).toBeUndefined()
})
