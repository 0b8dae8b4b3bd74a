import { parseJid } from '@parlour/jid'
import { expect, test } from 'vitest'
import { AccountError } from './accounts.ts'
import { Stand } from './kernel.fixture.ts'
import { defineServerModule } from './module.ts'

const juliet = parseJid('juliet@example.com')
const codeOf = async (promise: Promise<unknown>) =>
  promise.then(
    () => 'none',
    (error) => (error instanceof AccountError ? error.code : error),
  )

test('an account is made once, whatever happens at the same time', async () => {
  const { kernel } = await Stand.open({ accounts: [] })
  const codes = await Promise.all([1, 2, 3].map(() => codeOf(kernel.accounts.create(juliet, 'secret'))))
  expect(codes.sort()).toEqual(['exists', 'exists', 'none'])
})

test('RFC 5802 §2.2: verifiers are kept, for each hash and with salts of their own; the password is not', async () => {
  const { kernel, storage } = await Stand.open({ accounts: [] })
  await kernel.accounts.create(juliet, 'r0m30myr0m30')
  const stored = await storage.list('accounts', juliet.toString())
  expect([...stored.keys()].sort()).toEqual(['SCRAM-SHA-1', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'account'])
  expect(JSON.stringify([...stored])).not.toContain('r0m30myr0m30')
  const account = await kernel.accounts.find(juliet)
  const salts = (['SHA-1', 'SHA-256', 'SHA-512'] as const).map((hash) => account?.credentials(hash)?.salt.join())
  expect(new Set(salts).size).toBe(3)
  expect(account?.credentials('SHA-1')?.iterations).toBe(4096)
})

test('a password has at least one character', async () => {
  const { kernel } = await Stand.open()
  expect(await codeOf(kernel.accounts.create(parseJid('nurse@example.com'), ''))).toBe('empty-password')
  expect(await codeOf(kernel.accounts.setPassword(juliet, ''))).toBe('empty-password')
})

test('what is done to an account that is not there is not-found', async () => {
  const { accounts } = (await Stand.open({ accounts: [] })).kernel
  for (const promise of [
    accounts.remove(juliet),
    accounts.setPassword(juliet, 'x'),
    accounts.setDisabled(juliet, true),
  ])
    expect(await codeOf(promise)).toBe('not-found')
})

test('a change is seen at once, although accounts are kept in memory', async () => {
  const { kernel } = await Stand.open()
  const before = (await kernel.accounts.find(juliet))?.credentials('SHA-1')
  expect(kernel.accounts.exists(juliet)).toBe(true)
  await kernel.accounts.setPassword(juliet, 'another')
  expect((await kernel.accounts.find(juliet))?.credentials('SHA-1')).not.toEqual(before)
  await kernel.accounts.setDisabled(juliet, true)
  expect((await kernel.accounts.find(juliet))?.isDisabled).toBe(true)
  await kernel.accounts.setDisabled(juliet, false)
  expect((await kernel.accounts.find(juliet))?.isDisabled).toBe(false)
  await kernel.accounts.remove(juliet)
  expect(await kernel.accounts.exists(juliet)).toBe(false)
})

test('removing an account clears every store and archive of every module, and no other account’s', async () => {
  const notes = defineServerModule({
    name: 'notes',
    setup: (host) => {
      const store = host.store('text')
      const keep = async (account: string) => {
        await store.put(account, 'secret')
        await host.commit([host.archive.append('log', account, 'secret')])
      }
      return [host.on('accountCreated', (account) => keep(account.toString()))]
    },
  })
  const { kernel, storage } = await Stand.open({ modules: [notes] })
  const kept = async (owner: string) => [
    (await storage.list('accounts', owner)).size > 0,
    await storage.get('notes/text', owner, ''),
    await storage.countArchive('notes/log', owner),
  ]
  expect(await kept('juliet@example.com')).toEqual([true, 'secret', 1])
  await kernel.accounts.remove(juliet)
  expect(await kept('juliet@example.com')).toEqual([false, undefined, 0])
  expect(await kept('romeo@example.net')).toEqual([true, 'secret', 1])
})

test('modules are told of their own domain’s accounts, once the change is durable', async () => {
  const told: string[] = []
  const tell = (domain: string, change: string) => (account: { toString(): string }) =>
    void told.push(`${domain} ${change} ${account}`)
  const listening = defineServerModule({
    name: 'listening',
    setup: (host) => [
      host.on('accountCreated', tell(host.domain, 'created')),
      host.on('accountRemoved', tell(host.domain, 'removed')),
    ],
  })
  const { kernel } = await Stand.open({ modules: [listening], accounts: [] })
  await kernel.accounts.create(juliet, 'secret')
  await codeOf(kernel.accounts.create(juliet, 'secret'))
  await kernel.accounts.remove(juliet)
  expect(told).toEqual(['example.com created juliet@example.com', 'example.com removed juliet@example.com'])
})

test('accounts are listed by domain, in order, page by page', async () => {
  const names = ['a@example.com', 'b@example.net', 'c@example.com', 'd@example.com']
  const { accounts } = (await Stand.open({ accounts: names })).kernel
  const list = async (options?: { after?: string; max?: number }) =>
    (await accounts.list('example.com', options)).map(String)
  expect(await list()).toEqual(['a@example.com', 'c@example.com', 'd@example.com'])
  expect(await list({ max: 2 })).toEqual(['a@example.com', 'c@example.com'])
  expect(await list({ after: 'c@example.com' })).toEqual(['d@example.com'])
})
