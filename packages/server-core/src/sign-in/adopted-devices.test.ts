import { parseJid } from '@parlour/jid'
import { createMemoryStorage } from '@parlour/storage'
import { FaultyStorage } from '@parlour/storage/faults'
import { expect, test } from 'vitest'
import { silentLogger } from '../logger.ts'
import type { DeviceRecord } from './device-record.ts'
import { Devices } from './devices.ts'

const JULIET = parseJid('juliet@example.com')
const RECORD: DeviceRecord = { software: 'X', first: 1, last: 2, methods: ['password'] }

function devicesOn(storage: FaultyStorage): Devices {
  return new Devices({
    ...{ storage, crypto: { digest: () => new Uint8Array(32) }, now: () => 3, log: silentLogger },
    commit: (writes) => storage.commit(writes),
  })
}

test('a device that is taken over from another server is there after a restart', async () => {
  const storage = new FaultyStorage(createMemoryStorage())
  const devices = devicesOn(storage)
  await devices.adopt(JULIET, 'key', RECORD)
  for (const each of [devices, devicesOn(storage)]) expect(await each.all(JULIET)).toEqual(new Map([['key', RECORD]]))
})

test('one that could not be stored is not there', async () => {
  const storage = new FaultyStorage(createMemoryStorage())
  const devices = devicesOn(storage)
  storage.fail('full', 'commit')
  await expect(devices.adopt(JULIET, 'key', RECORD)).rejects.toMatchObject({ code: 'full' })
  expect(await devices.all(JULIET)).toEqual(new Map())
})
