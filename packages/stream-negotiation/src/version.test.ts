import { expect, test } from 'vitest'
import { compareVersions, parseVersion } from './version.ts'

test('11. RFC 6120 §4.7.5: parts are compared as numbers: 2.4 < 2.13 < 12.3; leading zeros do not count', () => {
  const versions = ['12.3', '2.13', '2.4', '0.9', '1.0'].map(parseVersion).toSorted(compareVersions)
  expect(versions.map(({ major, minor }) => `${major}.${minor}`)).toEqual(['0.9', '1.0', '2.4', '2.13', '12.3'])
  expect(compareVersions(parseVersion('6.01'), parseVersion('6.1'))).toBe(0)
})

test.each([undefined, '', '1', '1.', '.0', 'x', '-1.0', '1.0.0', '1e1.0', '99999999999.0'])(
  '11. RFC 6120 §4.7.5: %j is 0.9',
  (text) => {
    expect(parseVersion(text)).toEqual({ major: 0, minor: 9 })
  },
)
