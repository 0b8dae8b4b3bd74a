import { createMemoryStorage, type Write } from '@parlour/storage'
import { FaultyStorage } from '@parlour/storage/faults'
import { describe, expect, test } from 'vitest'
import { settled } from '../presence/scene.fixture.ts'
import { SESSION_STORE, type SessionRecord } from './session-record.ts'
import { chat, JULIET, type ManagedScene, openManaged, ROMEO } from './stream-management.fixture.ts'

const ACCOUNT = 'juliet@example.com'
const MINUTE = 60_000

async function scene() {
  const storage = createMemoryStorage()
  const commits: (readonly Write[])[] = []
  const { commit } = storage
  storage.commit = (writes) => {
    commits.push(writes)
    return commit.call(storage, writes)
  }
  const opened = await openManaged({ storage, streamManagement: { resumptionTime: 10 * MINUTE } })
  const juliet = await opened.connect(JULIET)
  await juliet.enable()
  commits.length = 0
  return { storage, commits, opened, juliet }
}

const records = async ({ storage }: ManagedScene) =>
  [...(await storage.list(SESSION_STORE, ACCOUNT)).values()] as unknown as SessionRecord[]
const waiting = ({ stand }: ManagedScene) => stand.kernel.streamManagement.counts.detached
const again = { streamManagement: { resumptionTime: 10 * MINUTE } }

describe('that a session waits to be resumed is stored when it has waited for a while', () => {
  test('a device that comes back sooner has nothing stored', async () => {
    const { commits, opened, juliet } = await scene()
    for (let times = 0; times < 3; times++) {
      await juliet.cut()
      await opened.pass(5_000)
      expect(await juliet.resume(0)).toContain('<resumed')
    }
    await opened.pass(MINUTE)
    expect(commits).toEqual([])
  })

  test('sessions that wait are stored in one commit; after a restart they wait for what is left of their time', async () => {
    const { commits, opened, juliet } = await scene()
    const desk = await opened.connect('juliet@example.com/desk')
    await desk.enable()
    commits.length = 0
    const since = opened.environment.now()
    for (const guest of [juliet, desk]) await guest.cut()
    await opened.pass(15_000)
    expect(commits.map((writes) => writes.length)).toEqual([2])
    expect((await records(opened)).map(({ detachedAt }) => detachedAt)).toEqual([since, since])
    await opened.pass(8 * MINUTE)
    const after = await opened.restart(again)
    expect(waiting(after)).toBe(2)
    await after.pass(2 * MINUTE)
    expect(waiting(after)).toBe(0)
  })

  test('of one that was resumed since, its record says so at once: it has its whole time again', async () => {
    const { commits, opened, juliet } = await scene()
    await juliet.cut()
    await opened.pass(9 * MINUTE)
    commits.length = 0
    await juliet.resume(0)
    expect(commits).toHaveLength(1)
    expect((await records(opened)).map(({ detachedAt }) => detachedAt)).toEqual([undefined])
    const after = juliet.in(await opened.restart(again))
    await after.scene.pass(9 * MINUTE)
    expect(await after.resume(0)).toContain('<resumed')
  })

  test('one that is brought back is stored, too: who is gone for good is not waited for anew with every restart', async () => {
    const { opened } = await scene()
    const once = await opened.restart(again)
    await once.pass(MINUTE)
    const twice = await once.restart(again)
    await twice.pass(9 * MINUTE)
    expect(waiting(twice)).toBe(0)
  })

  test('of one that has ended meanwhile nothing is stored, and no timer goes on', async () => {
    const { commits, opened, juliet } = await scene()
    await juliet.cut()
    juliet.session.stream.close()
    await settled()
    commits.length = 0
    await opened.pass(MINUTE)
    expect([commits, opened.environment.pendingTimers]).toEqual([[], 0])
  })

  test('a server that is over leaves no timer behind', async () => {
    const { opened, juliet } = await scene()
    await juliet.cut()
    expect(opened.environment.pendingTimers).toBeGreaterThan(0)
    opened.stand.kernel.streamManagement.close()
    expect(opened.environment.pendingTimers).toBe(0)
  })

  test('a server that is stopped leaves it to no timer', async () => {
    const { opened, juliet } = await scene()
    await juliet.cut()
    opened.stand.kernel.streamManagement.stopping()
    await settled()
    expect((await records(opened)).map(({ detachedAt }) => typeof detachedAt)).toEqual(['number'])
  })
})

test('that it waited when its first message came is not known any more once it was resumed: a crash does not end it', async () => {
  const storage = new FaultyStorage(createMemoryStorage())
  const scene = await openManaged({ storage })
  const [romeo, juliet] = [await scene.connect(ROMEO), await scene.connect(JULIET)]
  storage.hold()
  await juliet.enable()
  await juliet.cut()
  const said = romeo.say(chat('1'))
  await settled()
  storage.release()
  await said
  await juliet.resume(0)
  await juliet.nonza("<a h='1'/>")
  await scene.pass(700_000)
  const restarted = await scene.restart()
  await restarted.pass(1000)
  expect(await juliet.in(restarted).resume(1)).toContain('<resumed ')
})
