import { parseJid } from '@parlour/jid'
import { expect, test } from 'vitest'
import { Host } from './host.ts'
import { recordingLog } from './kernel.fixture.ts'
import type { ModuleHost, ServerModule } from './module.ts'
import { type AnyServerModule, loadModules, ModuleError, sortModules } from './module-loader.ts'

const module = (name: string, more: Partial<ServerModule> = {}): AnyServerModule => ({ name, setup: () => [], ...more })
const names = (modules: readonly AnyServerModule[]) => sortModules(modules).map(({ name }) => name)

test('a module follows those it requires; otherwise the order of the list stands', () => {
  const list = [module('a', { requires: ['c'] }), module('b'), module('c', { requires: ['b'] }), module('d')]
  expect(names(list)).toEqual(['b', 'c', 'a', 'd'])
})

test.each([
  [
    'a requirement that is not there',
    [module('a', { requires: ['b'] })],
    /module a: requires the module b, which is not/,
  ],
  [
    'a circle',
    [module('a', { requires: ['b'] }), module('b', { requires: ['a'] })],
    /module a: requires itself: a → b → a/,
  ],
  ['a name that is there twice', [module('a'), module('a')], /module a: is listed twice/],
])('%s is an error that says so', (_, list, message) => {
  expect(() => sortModules(list)).toThrow(ModuleError)
  expect(() => sortModules(list)).toThrow(message)
})

const host = (modules: Record<string, unknown> = {}) =>
  new Host(parseJid('example.com'), {
    domain: 'example.com',
    resourceConflict: 'replace',
    maxSessionsPerAccount: 1,
    modules,
  })
const load = (list: readonly AnyServerModule[], settings?: Record<string, unknown>, log = recordingLog()) =>
  loadModules(list, host(settings), (_, __, config) => ({ config, iq: {}, discovery: {} }) as ModuleHost, log)

/** A Standard Schema that finds two faults. */
const faulty = {
  '~standard': {
    version: 1 as const,
    vendor: 'test',
    validate: () => ({
      issues: [{ message: 'is no number', path: ['limits', { key: 'size' }] }, { message: 'is unknown' }],
    }),
  },
}

test('all faults of a module’s settings are told at once, with their paths', async () => {
  const loading = load([module('a', { config: faulty })], { a: {} })
  await expect(loading).rejects.toThrow('module a: limits.size: is no number; configuration: is unknown')
})

test('a module without settings takes none', async () => {
  await expect(load([module('a')], { a: { x: 1 } })).rejects.toThrow('module a: takes no configuration')
  await expect(load([module('a')], { a: {} })).resolves.toBeTypeOf('function')
})

test('a module is given its settings as its schema made them', async () => {
  const seen: unknown[] = []
  const config = {
    '~standard': { version: 1 as const, vendor: 'test', validate: (value: unknown) => ({ value: [value] }) },
  }
  await load([module('a', { config, setup: (at) => [() => void seen.push(at.config)] })], { a: { x: 1 } }).then(
    (unload) => unload(),
  )
  expect(seen).toEqual([[{ x: 1 }]])
})

test('unloading undoes everything, last first, whatever fails on the way', async () => {
  const undone: string[] = []
  const log = recordingLog()
  const failing = () => Promise.reject(new Error('stuck'))
  const unload = await load(
    [
      module('a', { setup: () => [() => void undone.push('a1'), () => void undone.push('a2')] }),
      module('b', { requires: ['a'], setup: async () => [() => void undone.push('b1'), failing] }),
    ],
    {},
    log,
  )
  await unload()
  await unload()
  expect(undone).toEqual(['b1', 'a2', 'a1'])
  expect(log.errors).toMatchObject([{ fields: { module: 'b', error: new Error('stuck') } }])
})

test('when one cannot be set up, those before it are undone', async () => {
  const undone: string[] = []
  const failing = () => {
    throw new Error('no port')
  }
  const loading = load([module('a', { setup: () => [() => void undone.push('a')] }), module('b', { setup: failing })])
  await expect(loading).rejects.toThrow('no port')
  expect(undone).toEqual(['a'])
})
