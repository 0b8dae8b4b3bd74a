import { silentLogger } from '@parlour/server-core'
import { FakeEnvironment } from '@parlour/testing'
import { expect, test, vi } from 'vitest'
import { settled } from '../scene.fixture.ts'
import { Removals } from './removals.ts'

/** A mailbox of which something is left until it was tried so many times; each time takes as long as the test lets it. */
function mailbox(times: number) {
  let go = () => {}
  const box = {
    left: times,
    tried: 0,
    get hasUnremoved() {
      return box.left > 0
    },
    removeAgain: async () => {
      box.tried++
      await new Promise<void>((resolve) => {
        go = resolve
      })
      box.left--
    },
    finish: () => go(),
  }
  return box
}

function scene() {
  const environment = new FakeEnvironment()
  const removals = new Removals({
    setTimer: (ms, callback) => environment.setTimer(ms, callback),
    log: silentLogger,
  })
  const pass = async (ms: number) => {
    environment.advance(ms)
    await settled()
  }
  return { environment, removals, pass }
}

test('it is tried after a second, after two, after four; then nothing happens by itself any more', async () => {
  const { environment, removals, pass } = scene()
  const box = mailbox(3)
  removals.later(box, new Error('full'))
  for (const [ms, tried] of [
    [999, 0],
    [1, 1],
    [1999, 1],
    [1, 2],
    [3999, 2],
    [1, 3],
  ] as const) {
    await pass(ms)
    expect(box.tried).toBe(tried)
    box.finish()
    await settled()
  }
  expect(environment.pendingTimers).toBe(0)
})

test('what is left of a mailbox while others are tried is tried, too', async () => {
  const { environment, removals, pass } = scene()
  const [quick, slow] = [mailbox(1), mailbox(1)]
  for (const box of [quick, slow]) removals.later(box, new Error('full'))
  await pass(1000)
  quick.finish()
  await settled()
  quick.left = 1
  removals.later(quick, new Error('full'))
  slow.finish()
  await settled()
  await pass(2000)
  expect([quick.tried, slow.tried]).toEqual([2, 1])
  quick.finish()
  await settled()
  expect([quick.left, environment.pendingTimers]).toEqual([0, 0])
})

test('once it is closed nothing is tried', async () => {
  const { environment, removals, pass } = scene()
  const box = mailbox(1)
  removals.later(box, new Error('full'))
  removals.close()
  removals.later(mailbox(1), new Error('full'))
  await pass(60_000)
  expect([box.tried, environment.pendingTimers]).toEqual([0, 0])
  const other = scene()
  other.removals.close()
  other.removals.later(mailbox(1), new Error('full'))
  expect(other.environment.pendingTimers).toBe(0)
})

test('that the storage fails is told once, until it is well again', async () => {
  const log = vi.spyOn(silentLogger, 'error')
  const { removals, pass } = scene()
  const [one, other] = [mailbox(1), mailbox(1)]
  for (const box of [one, other, one]) removals.later(box, new Error('full'))
  expect(log).toHaveBeenCalledTimes(1)
  await pass(1000)
  for (const box of [one, other]) box.finish()
  await settled()
  removals.later(mailbox(1), new Error('full again'))
  expect(log).toHaveBeenCalledTimes(2)
  log.mockRestore()
})
