import { StanzaError } from '@parlour/stanza'
import { FakeEnvironment } from '@parlour/testing'
import { el } from '@parlour/xml'
import { expect, test } from 'vitest'
import { ArchiveIds } from './archive-ids.ts'
import type { Host } from './host.ts'
import { Guest, Stand } from './kernel.fixture.ts'
import { defineService } from './module.ts'
import { error, JULIET, module, NS, ROMEO, scene } from './module-host.fixture.ts'
import { createModuleHost, type ModuleHostParts } from './module-host.ts'
import { loadModules, type ModuleHostFactory } from './module-loader.ts'
import { settled } from './presence/scene.fixture.ts'

const internal = error('internal-server-error')
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

test('a setup that fails half-way: what it had registered is undone, once', async () => {
  const stand = await Stand.open()
  const { kernel, storage, log } = stand
  const host = kernel.router.host('example.com') as Host
  const environment = new FakeEnvironment()
  const parts: ModuleHostParts = {
    ...{ accounts: kernel.accounts, router: kernel.router, storage, environment, log },
    archiveIds: new ArchiveIds((length) => new Uint8Array(length)),
    devices: kernel.devices,
    isSubscribed: () => false,
    isContact: () => false,
    audience: () => ({ subscribers: [], directed: [] }),
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

test.each([
  [
    'throws',
    () => {
      throw new Error('bug')
    },
  ],
  ['rejects', () => Promise.reject(new Error('bug'))],
])('a timer of a module that %s is logged with the module’s name, and ends nothing else', async (_, fail) => {
  const environment = new FakeEnvironment()
  const ring = module((host) => [host.setTimer(1000, fail)])
  const { log } = await Stand.open({ modules: [ring], environment })
  environment.advance(1000)
  await settled()
  expect(log.errors).toMatchObject([{ fields: { module: 'm', error: new Error('bug') } }, {}])
})

test('a request before authentication at which a module fails: internal-server-error, logged with the module’s name', async () => {
  const failing = module((host) => [host.beforeAuthentication(NS, () => Promise.reject(new Error('bug')))])
  const { kernel, log } = await Stand.open({ modules: [failing] })
  const guest = new Guest()
  const asked = el('iq', 'jabber:client', { type: 'get', id: '1' }, el('q', NS))
  kernel.host('example.com')?.beforeAuthentication?.(asked, guest)
  await settled()
  expect(guest.look()).toEqual([`<iq id='1' type='error'>${internal}</iq>`])
  expect(log.errors).toMatchObject([{ fields: { module: 'm', kind: 'iq', id: '1' } }])
})
