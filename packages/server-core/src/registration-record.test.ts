import { expect, test } from 'vitest'
import type { ModuleHost } from './module.ts'
import { recordRegistrations } from './registration-record.ts'

const moduleHost = { iq: {}, discovery: {}, setTimer: () => () => {} } as unknown as ModuleHost

test('what a module registers is noted while it is set up, and not for as long as it runs', () => {
  const record = recordRegistrations(moduleHost)
  record.host.setTimer(1, () => {})
  expect(record.registrations).toHaveLength(1)
  record.end()
  for (let n = 0; n < 10; n++) record.host.setTimer(1, () => {})
  expect(record.registrations).toHaveLength(0)
})
