import { FakeEnvironment } from '@parlour/testing'
import { expect, it } from 'vitest'
import { silentLogger } from '../logger.ts'
import { RefusalLog } from './refusal-log.ts'

function logging() {
  const environment = new FakeEnvironment()
  const lines: Readonly<Record<string, unknown>>[] = []
  const log = new RefusalLog({ ...silentLogger, warn: (fields) => void lines.push(fields) }, environment)
  return { environment, lines, log }
}

it('of one address five lines a minute are logged, and the next one tells how many were not', () => {
  const { environment, lines, log } = logging()
  for (let n = 0; n < 1_000; n++) log.warn('too late', '192.0.2.1', { n })
  log.warn('too late', '192.0.2.2', {})
  expect(lines.map(({ remoteAddress, unlogged }) => [remoteAddress, unlogged])).toEqual([
    ...Array(5).fill(['192.0.2.1', undefined]),
    ['192.0.2.2', 995],
  ])
  environment.advance(60_000)
  log.warn('too late', '192.0.2.1', {})
  expect(lines).toHaveLength(7)
  expect(lines.at(-1)).toEqual({ remoteAddress: '192.0.2.1' })
})

it('of all addresses ten of a kind', () => {
  const { environment, lines, log } = logging()
  for (let n = 0; n < 100; n++) log.warn('too late', `192.0.2.${n}`, {})
  log.warn('of another kind', '192.0.2.1', {})
  expect(lines).toHaveLength(11)
  environment.advance(60_000)
  log.warn('too late', '192.0.2.1', {})
  expect(lines.at(-1)).toMatchObject({ unlogged: 90 })
})
