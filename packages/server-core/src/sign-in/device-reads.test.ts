import { parseJid } from '@parlour/jid'
import { createMemoryStorage } from '@parlour/storage'
import { FaultyStorage } from '@parlour/storage/faults'
import { expect, test } from 'vitest'
import { silentLogger } from '../logger.ts'
import { settled } from '../presence/scene.fixture.ts'
import { type DeviceRecord, deviceWrite, tokenWrite } from './device-record.ts'
import { Devices } from './devices.ts'

const JULIET = parseJid('juliet@example.com')
const RECORD: DeviceRecord = { software: 'X', first: 1, last: 2, methods: ['token'] }
const SLOTS = { current: { mechanism: 'HT-SHA-256-NONE', issued: 1, expires: 9, check: { nonce: 'n' } } } as const

/** Two devices with tokens, of which nothing has been read yet. */
async function scene() {
  const storage = new FaultyStorage(createMemoryStorage())
  for (const key of ['phone', 'tablet'])
    await storage.commit([deviceWrite(`${JULIET}`, key, RECORD), tokenWrite(`${JULIET}`, key, SLOTS)])
  const devices = new Devices({
    ...{ storage, crypto: { digest: () => new Uint8Array(32) }, now: () => 3, log: silentLogger },
    commit: (writes) => storage.commit(writes),
  })
  return { storage, devices }
}

test('a token that is revoked while the devices are read for another reason is good no more', async () => {
  const { storage, devices } = await scene()
  storage.hold()
  const first = devices.remove(JULIET, 'phone')
  const second = devices.remove(JULIET, 'tablet')
  for (let turn = 0; turn < 10; turn++) {
    storage.release(1)
    await settled()
  }
  storage.release()
  expect(await Promise.all([first, second])).toEqual([true, true])
  expect([await devices.tokens(JULIET, 'phone'), await devices.tokens(JULIET, 'tablet')]).toEqual([{}, {}])
  expect(await devices.all(JULIET)).toEqual(new Map())
})

test('what is read is read once, however many ask for it meanwhile', async () => {
  const { storage, devices } = await scene()
  await Promise.all([devices.all(JULIET), devices.tokens(JULIET, 'phone'), devices.all(JULIET)])
  expect(storage.calls.read).toBe(2)
})

test('what was revoked is remembered, or else all that began before it is refused', async () => {
  const { devices } = await scene()
  const others = Array.from({ length: 10_001 }, (_, n) => parseJid(`other${n}@example.com`))
  const since = devices.epoch
  devices.forget(JULIET)
  await devices.voidTokens(JULIET, 'phone')
  for (const each of others) devices.forget(each)
  expect([devices.isRevoked(JULIET, since), devices.isDeviceRevoked(JULIET, 'phone', since)]).toEqual([true, true])
  const [later, nurse] = [devices.epoch, parseJid('nurse@example.com')]
  expect([devices.isRevoked(nurse, later), devices.isDeviceRevoked(nurse, 'phone', later)]).toEqual([false, false])
})
