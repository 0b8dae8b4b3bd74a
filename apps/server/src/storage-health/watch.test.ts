import type { Logger } from '@parlour/server-core'
import { createMemoryStorage, type Write } from '@parlour/storage'
import { FaultyStorage } from '@parlour/storage/faults'
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
  const clock = { now: 0 }
  const faulty = new FaultyStorage(createMemoryStorage())
  const { storage, log } = watchStorage(faulty, logger, () => clock.now)
  const commit = async (times = 1) => {
    for (let n = 0; n < times; n++)
      await storage.commit(WRITE).catch((error: unknown) => log.child({}).error({ error }, 'not stored'))
  }
  return { lines, clock, faulty, storage, log, commit }
}

const FAILS = 'error the storage fails: what cannot be stored is refused, until it works again'

test('a failing storage is told of once, and once when it is over', async () => {
  const { lines, clock, faulty, commit } = scene()
  await commit()
  faulty.fail('full', 'commit')
  await commit(1000)
  clock.now = 8000
  await commit()
  expect(lines).toEqual([`${FAILS} full`])
  faulty.heal()
  clock.now = 10_000
  await commit()
  clock.now = 11_000
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
