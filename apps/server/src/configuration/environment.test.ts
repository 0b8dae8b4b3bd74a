import { expect, test } from 'vitest'
import { readEnvironment } from './environment.ts'

test.each(['ACCOUNT', 'PASSWORD', 'NEW_PASSWORD', 'SERVER', 'CA', 'STATE'])(
  'PARLOUR_%s is the client’s: on a machine that has both, the server starts',
  (name) => {
    expect(readEnvironment({ [`PARLOUR_${name}`]: 'x' })).toEqual({ settings: [], faults: [] })
  },
)

test('any other name is a fault', () => {
  expect(readEnvironment({ PARLOUR_STATES: 'x' }).faults).toMatchObject([{ path: 'PARLOUR_STATES' }])
})
