import { createMemoryStorage } from '@parlour/storage'
import { ROSTER_STORE } from '../roster/roster-store.ts'
import { Scene } from './scene.fixture.ts'

export const romeo = 'romeo@example.net'
export const juliet = 'juliet@example.com'
export const nurse = 'nurse@example.com'
/** Accounts with these subscriptions, and a stage. */
export async function scene(...subscriptions: [owner: string, contact: string, subscription: string][]) {
  const storage = createMemoryStorage()
  const stage = await Scene.open(storage, romeo, juliet, nurse)
  for (const [owner, key, subscription] of subscriptions) {
    await storage.commit([
      { type: 'put', store: ROSTER_STORE, owner, key, value: { at: 1, subscription } },
      { type: 'put', store: ROSTER_STORE, owner, key: '/version', value: { epoch: 'e', sequence: 1, forgotten: 0 } },
    ])
  }
  return stage
}

export const friends: [string, string, string][] = [
  [romeo, juliet, 'both'],
  [juliet, romeo, 'both'],
]
