import { parseJid } from '@parlour/jid'
import { message, readStanza, StanzaError } from '@parlour/stanza'
import { FakeEnvironment } from '@parlour/testing'
import { el } from '@parlour/xml'
import { expect, test } from 'vitest'
import { ArchiveIds } from './archive-ids.ts'
import type { Host } from './host.ts'
import { Stand } from './kernel.fixture.ts'
import { defineServerModule, defineService, type ModuleHost, type Registration } from './module.ts'
import { createModuleHost, type ModuleHostParts } from './module-host.ts'
import { loadModules, type ModuleHostFactory } from './module-loader.ts'

const JULIET = 'juliet@example.com/balcony'
const ROMEO = 'romeo@example.net/orchard'
const NS = 'urn:example:q'

const module = (setup: (host: ModuleHost) => readonly Registration[], name = 'm', requires: readonly string[] = []) =>
  defineServerModule({ name, requires, setup: setup as never })
const error = (condition: string, type = 'cancel') =>
  `<error type='${type}'><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>`
const internal = error('internal-server-error')
/** Juliet has signed in, Romeo is available; neither has heard anything. */
async function scene(...modules: ReturnType<typeof module>[]) {
  const stand = await Stand.open({ modules })
  const juliet = await stand.connect(JULIET)
  const romeo = await stand.connect(ROMEO)
  await romeo.say('<presence/>')
  return { ...stand, stand, juliet, romeo, log: stand.log, kernel: stand.kernel }
}

test.each([
  [
    'throws',
    () => {
      throw new Error('bug')
    },
  ],
  ['rejects', () => Promise.reject(new Error('bug'))],
])(
  'a stanza handler that %s: that stanza is an internal-server-error, the log names the module, the next stanza goes through',
  async (_, fail) => {
    const guard = module((host) => [
      host.on('guard', ({ stanza }) => (stanza.id === 'bad' ? fail() : undefined), { direction: 'outbound' }),
    ])
    const { juliet, romeo, log, kernel } = await scene(guard)
    expect(await juliet.say(`<message id='bad' to='${ROMEO}'/>`)).toEqual([
      `<message from='${ROMEO}' to='${JULIET}' id='bad' type='error'>${internal}</message>`,
    ])
    await juliet.say(`<message id='good' to='${ROMEO}'/>`)
    expect(romeo.look()).toEqual([`<message id='good' to='${ROMEO}' from='${JULIET}'/>`])
    expect(log.errors).toMatchObject([{ fields: { module: 'm', error: new Error('bug'), kind: 'message', id: 'bad' } }])
    expect(kernel.counters.internalErrors).toBe(1)
  },
)

test.each([
  [
    'throws',
    () => {
      throw new Error('bug')
    },
  ],
  ['rejects', () => Promise.reject(new Error('bug'))],
])('an iq handler that %s: internal-server-error, logged with the module’s name', async (_, fail) => {
  const { juliet, log } = await scene(module((host) => [host.iq.get(NS, 'q', fail)]))
  expect(await juliet.say(`<iq id='1' type='get'><q xmlns='${NS}'/></iq>`)).toEqual([
    `<iq to='${JULIET}' id='1' type='error'>${internal}</iq>`,
  ])
  expect(log.errors).toMatchObject([{ fields: { module: 'm', kind: 'iq', id: '1' } }])
})

test('a StanzaError that an iq handler throws is the answer, and no fault of the module', async () => {
  const refuse = () => {
    throw new StanzaError('not-allowed')
  }
  const { juliet, log } = await scene(module((host) => [host.iq.set(NS, 'q', refuse)]))
  expect(await juliet.say(`<iq id='1' type='set'><q xmlns='${NS}'/></iq>`)).toEqual([
    `<iq to='${JULIET}' id='1' type='error'>${error('not-allowed')}</iq>`,
  ])
  expect(log.errors).toEqual([])
})

test('an offline handler that throws, or refuses: the sender is told why', async () => {
  const offline = module((host) => [
    host.on('offline', ({ stanza }) => {
      if (stanza.id === 'full') return new StanzaError('resource-constraint')
      throw new Error('disk')
    }),
  ])
  const { juliet, log } = await scene(offline)
  const [full] = await juliet.say(`<message id='full' to='juliet@example.com'/>`)
  expect(full).toContain(error('resource-constraint', 'wait'))
  const [broken] = await juliet.say(`<message id='x' to='juliet@example.com'/>`)
  expect(broken).toContain(internal)
  expect(log.errors).toHaveLength(1)
})

test('a deliver handler that throws withholds nothing', async () => {
  const broken = module((host) => [
    host.on('deliver', () => {
      throw new Error('bug')
    }),
  ])
  const { juliet, romeo, log } = await scene(broken)
  log.errors.length = 0
  await juliet.say(`<message to='${ROMEO}'/>`)
  expect(romeo.look().at(-1)).toBe(`<message to='${ROMEO}' from='${JULIET}'/>`)
  expect(log.errors).toMatchObject([{ message: 'a module failed', fields: { module: 'm', hook: 'deliver' } }])
})

test('handlers of a session’s life that throw are logged, and hold nothing up', async () => {
  const fail = () => {
    throw new Error('bug')
  }
  const hooks = ['sessionBound', 'sessionAvailable', 'presenceChanged', 'sessionUnavailable', 'sessionClosed'] as const
  const { stand, juliet, log } = await scene(module((host) => hooks.map((hook) => host.on(hook, fail))))
  await juliet.say('<presence/>')
  await juliet.say('<presence><show>away</show></presence>')
  juliet.session.closed()
  await (await stand.connect(JULIET)).say('<presence/>')
  expect(new Set(log.errors.map(({ fields }) => fields.hook))).toEqual(new Set(hooks))
})

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

test('a setup that fails half-way: what it had registered is undone, once', async () => {
  const stand = await Stand.open()
  const { kernel, storage, log } = stand
  const host = kernel.router.host('example.com') as Host
  const environment = new FakeEnvironment()
  const parts: ModuleHostParts = {
    ...{ accounts: kernel.accounts, router: kernel.router, storage, environment, log },
    archiveIds: new ArchiveIds((length) => new Uint8Array(length)),
    isSubscribed: () => false,
    internalError: () => new StanzaError('internal-server-error'),
  }
  const registered = () => [
    host.hooks.outbound.length,
    host.streamFeatures.authenticated.size,
    host.beforeAuthentication.size,
    host.services.size,
    host.discovery.features('server').filter((feature) => feature === NS).length,
    host.discovery.items().length,
    environment.pendingTimers,
  ]
  const before = registered()
  const failing = module((at) => {
    at.iq.get(NS, 'q', () => undefined, { target: 'any' })
    at.on('guard', () => new StanzaError('forbidden'))
    at.streamFeature('authenticated', () => el('f', NS))
    at.beforeAuthentication(NS, async () => undefined)
    at.provide(defineService<number>('number'), 1)
    at.discovery.addItem({ jid: 'rooms.example.com' })
    at.setTimer(1000, () => {})
    // Of two that announce it, the one that undoes it itself does not take it from the other.
    host.discovery.advertise(NS)
    at.discovery.advertise(NS)()
    expect(registered()).toEqual([1, 3, 1, 1, 1, 1, 1])
    throw new Error('no port')
  })
  const make: ModuleHostFactory = (each, at, config) => createModuleHost(parts, each, at, config)
  await expect(loadModules([failing], host, make, log)).rejects.toThrow('no port')
  const [hooks, features, requests, services, , items, timers] = before
  expect(registered()).toEqual([hooks, features, requests, services, 1, items, timers])
  const juliet = await stand.connect(JULIET)
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
