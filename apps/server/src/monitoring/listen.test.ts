import { silentLogger } from '@parlour/server-core'
import { createMemoryStorage } from '@parlour/storage'
import { FaultyStorage } from '@parlour/storage/faults'
import { FakeEnvironment } from '@parlour/testing'
import { expect, test } from 'vitest'
import { createTestServer } from '../create-test-server.ts'
import { watchStorage } from '../storage-health/watch.ts'
import { listenForMonitoring } from './listen.ts'

test('a disk that is full is told of, by /health and /metrics; what needs no disk goes on, so it is 200', async () => {
  await using server = await createTestServer()
  const faulty = new FaultyStorage(createMemoryStorage())
  const clock = new FakeEnvironment()
  const { storage, health } = watchStorage(faulty, silentLogger, clock)
  const configuration = { ...server.configuration, monitoring: { address: '127.0.0.1', port: 0 } }
  const { kernel } = server
  await using monitoring = await listenForMonitoring(configuration, { kernel, storage, health, log: silentLogger })
  const get = (path: string) => fetch(`http://127.0.0.1:${monitoring?.address.port}${path}`)
  const seen = async () => {
    const answer = await get('/health')
    const metrics = await (await get('/metrics')).text()
    return [
      answer.status,
      ((await answer.json()) as { status: string }).status,
      /^parlour_storage_failing (\d)$/m.exec(metrics)?.[1],
    ]
  }
  expect(await seen()).toEqual([200, 'ok', '0'])
  faulty.fail('full', 'commit')
  await expect(storage.commit([{ type: 'put', store: 's', owner: 'o', key: 'k', value: 1 }])).rejects.toThrow()
  expect(await seen()).toEqual([200, 'degraded', '1'])
  faulty.heal()
  clock.advance(5000)
  expect(await seen()).toEqual([200, 'ok', '0'])
})
