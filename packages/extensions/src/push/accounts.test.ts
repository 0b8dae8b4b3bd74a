import type { Write } from '@parlour/storage'
import { expect, test } from 'vitest'
import { PushAccounts } from './accounts.ts'
import type { Registration } from './registration.ts'

const registration: Registration = { jid: 'push.example', resource: 'phone', at: 0 }
const nothing = (): Write => ({ type: 'clear', store: 'x', owner: 'x' })

/** Of those in `busy`, whose push services do not answer, something is always to be told. */
function accountsWith(busy: readonly string[]): PushAccounts {
  const host = {
    store: () => ({
      list: async (owner: string) => new Map(busy.includes(owner) ? [['push.example', { ...registration }]] : []),
      get: async () => undefined,
      put: async () => {},
      write: nothing,
    }),
    archive: { remove: nothing, read: async () => ({ entries: [], complete: true }) },
    log: {},
    commit: async () => {},
  }
  const times = { interval: 1, firstRetry: 1, longestRetry: 1, giveUp: 1 }
  const parts = {
    ...{ times, now: () => 0, setTimer: () => () => {}, save: () => {} },
    publish: () => new Promise<never>(() => {}),
    summary: () => ({}),
  }
  return new PushAccounts(host as never, () => parts)
}

test('however many services do not answer, the accounts in memory are bounded, and theirs stay', async () => {
  const busy = Array.from({ length: 20 }, (_, number) => `busy${number}@example.com`)
  const accounts = accountsWith(busy)
  for (const address of busy) for (const target of (await accounts.get(address)).targets.values()) target.notify(false)
  const others = Array.from({ length: 20_100 }, (_, number) => `${number}@example.com`)
  for (const address of others) await accounts.get(address)
  const isKnown = (address: string) => accounts.cached(address) !== undefined
  expect(busy.filter(isKnown)).toEqual(busy)
  expect(others.filter(isKnown).length).toBeLessThan(20_050)
})
