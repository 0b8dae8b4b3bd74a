import type { Logger } from '@parlour/server-core'
import { createMemoryStorage, type Write } from '@parlour/storage'
import { FaultyStorage } from '@parlour/storage/faults'
import { FakeEnvironment } from '@parlour/testing'
import { expect, test } from 'vitest'
import { watchStorage } from './watch.ts'

const WRITE: Write[] = [{ type: 'put', store: 's', owner: 'o', key: 'k', value: 1 }]

function scene() {
  const lines: string[] = []
  const say = (level: string) => (fields: Readonly<Record<string, unknown>>, message: string) => {
    const { seconds, refused, code } = fields
    lines.push([level, message, ...[code, seconds, refused].filter((each) => each !== undefined)].join(' '))
  }
  const logger: Logger = {
    debug: () => {},
    ...{ info: say('info'), warn: say('warn'), error: say('error') },
    child: () => logger,
  }
  const clock = new FakeEnvironment()
  const faulty = new FaultyStorage(createMemoryStorage())
  const { storage, log, health } = watchStorage(faulty, logger, clock)
  const commit = async (times = 1) => {
    for (let n = 0; n < times; n++)
      await storage.commit(WRITE).catch((error: unknown) => log.child({}).error({ error }, 'not stored'))
  }
  return { lines, clock, faulty, storage, log, health, commit }
}

const FAILS = 'error the storage fails: what cannot be stored is refused, until it works again'

test('a failing storage is told of once, and once when it is over', async () => {
  const { lines, clock, faulty, commit } = scene()
  await commit()
  faulty.fail('full', 'commit')
  await commit(1000)
  clock.advance(8000)
  await commit()
  expect(lines).toEqual([`${FAILS} full`])
  faulty.heal()
  clock.advance(2000)
  await commit()
  clock.advance(1000)
  await commit(3)
  expect(lines.slice(1)).toEqual(['info the storage works again 8 1001'])
  faulty.fail('unavailable', 'commit', 1)
  await commit(2)
  expect(lines.slice(2)).toEqual([`${FAILS} unavailable`])
})

test('a single commit that is refused for its own sake is told by whoever made it', async () => {
  const { lines, faulty, commit } = scene()
  faulty.fail('conflict', 'commit')
  await commit(2)
  expect(lines).toEqual(['error not stored', 'error not stored'])
})

test('other lines are written while the storage fails', async () => {
  const { lines, faulty, commit, log } = scene()
  faulty.fail('full', 'commit')
  await commit()
  log.error({ error: new Error('other') }, 'something else')
  log.warn({}, 'a warning')
  log.info({}, 'a word')
  expect(lines.slice(1)).toEqual(['error something else', 'warn a warning', 'info a word'])
})

test('what is refused because the storage is closed is no failure of it', async () => {
  const { lines, faulty, storage, commit } = scene()
  await storage.close()
  faulty.fail('unavailable')
  await commit()
  expect(lines).toEqual(['error not stored'])
})

test('where nobody writes, it is written to until it works: one write each five seconds, and none before and after', async () => {
  const { lines, clock, faulty, commit, health } = scene()
  await commit()
  expect(clock.pendingTimers).toBe(0)
  faulty.fail('full', 'commit')
  await commit(10)
  const minute = async () => {
    for (let second = 0; second < 60; second++) {
      clock.advance(1000)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const before = faulty.calls.commit
  await minute()
  expect(faulty.calls.commit - before).toBe(12)
  expect(health.isFailing).toBe(true)
  faulty.heal()
  await minute()
  expect(health.isFailing).toBe(false)
  expect([faulty.calls.commit - before, clock.pendingTimers]).toEqual([13, 0])
  expect(lines).toEqual([`${FAILS} full`, 'info the storage works again 60 10'])
})

test('a storage that does not answer is asked once; one that is closed, not at all', async () => {
  const { clock, faulty, storage, commit } = scene()
  faulty.fail('unavailable', 'commit')
  await commit()
  faulty.hold()
  clock.advance(60_000)
  expect(faulty.waiting).toBe(1)
  faulty.heal()
  faulty.fail('unavailable', 'commit', 1)
  await commit()
  const before = faulty.calls.commit
  await storage.close()
  clock.advance(60_000)
  expect([faulty.calls.commit - before, clock.pendingTimers]).toEqual([0, 0])
})
