import { expect, test } from 'vitest'
import { type Arrival, DeviceRecord, type ManagedDevice } from './managed-device.ts'
import { judge } from './verdict.ts'

const EVE = 'eve@localhost'
const ADA = 'ada@localhost'
const came = (number: number, stanzaId = `id${number}`, isDelayed = false): Arrival => ({
  ...{ from: ADA, number, stanzaId, isDelayed },
})

function device(address: string, ...arrivals: readonly Arrival[]): ManagedDevice {
  const record = new DeviceRecord()
  record.arrivals.push(...arrivals)
  return { address, record } as ManagedDevice
}

function sender(...numbers: readonly number[]): ManagedDevice {
  const { record } = device(ADA)
  record.acknowledged.set(EVE, new Set(numbers))
  return { address: ADA, record } as ManagedDevice
}

test('everything is where it should be', () => {
  const archive = new Map([[EVE, [came(1), came(2)]]])
  const verdict = judge([sender(1, 2)], [device(EVE, came(1), came(2))], archive)
  expect(verdict).toMatchObject({ acknowledged: 2, lost: 0, notArchived: 0, onlyArchived: 0, twice: 0, disordered: 0 })
})

test('what is nowhere is lost, what came to no device is only archived, what came alone is not archived', () => {
  const verdict = judge([sender(1, 2, 3)], [device(EVE, came(1))], new Map([[EVE, [came(2)]]]))
  expect(verdict).toMatchObject({ acknowledged: 3, lost: 1, notArchived: 2, onlyArchived: 1 })
})

test('twice is what came with the same stanza id; with another one, its sender has sent it again', () => {
  const verdict = judge([], [device(EVE, came(1), came(2), came(1), came(2, 'other'))], new Map())
  expect(verdict).toMatchObject({ twice: 1, repeated: 1, disordered: 0 })
})

test('the order is that of each conversation; what another device has left may be late where it says so', () => {
  const late = [came(3), came(1, 'id1', true)]
  expect(judge([], [device(EVE, came(2), came(1))], new Map()).disordered).toBe(1)
  expect(judge([], [device(EVE, ...late)], new Map()).disordered).toBe(1)
  expect(judge([], [device(EVE, ...late), device(EVE)], new Map()).disordered).toBe(0)
  expect(judge([], [device(EVE, came(3), came(1)), device(EVE)], new Map()).disordered).toBe(1)
})
