import { defineServerModule, type ModuleHost, type StanzaEvent } from '@parlour/server-core'
import type { Write } from '@parlour/storage'
import { expect, test } from 'vitest'
import { JULIET, ROMEO, Scene, settled } from '../scene.fixture.ts'
import { Retractions } from './retractions.ts'

const MANY = 2500

test('of an account that retracts very much, the most waits in the storage; all of it is done, and others wait for none of it', async () => {
  let retractions: Retractions | undefined
  const own = defineServerModule({
    name: 'own',
    setup: (host) => {
      retractions = new Retractions(host as unknown as ModuleHost<never>)
      return []
    },
  })
  const { storage, environment, errors } = await Scene.open({}, undefined, [own as never])
  const archive = async (owner: string, count: number) => {
    for (let n = 0; n < count; n++) {
      const event = {
        store: async (writes: readonly Write[], stored: () => void) => {
          await storage.commit(writes)
          stored()
        },
      }
      retractions?.archived(event as unknown as StanzaEvent, owner, String(n).padStart(6, '0'))
    }
    for (let turn = 0; turn < 4; turn++) await Promise.resolve()
  }
  await archive(ROMEO, MANY)
  expect(retractions?.pendingOf(ROMEO)).toBeLessThanOrEqual(1000)
  expect(retractions?.pendingOf(ROMEO)).toBeGreaterThan(900)
  await archive(JULIET, 1)
  for (let turn = 0; turn < 500 && retractions?.pendingOf(JULIET) !== 0; turn++) await Promise.resolve()
  expect(retractions?.pendingOf(JULIET)).toBe(0)
  expect(retractions?.pendingOf(ROMEO)).toBeGreaterThan(900)
  const left = async () => (await storage.list('own/retractions', 'example.com')).size
  for (let turn = 0; turn < 1000 && (await left()) > 0; turn++) {
    environment.advance(5)
    await settled()
  }
  expect([await left(), retractions?.pendingOf(ROMEO), errors]).toEqual([0, 0, []])
})
