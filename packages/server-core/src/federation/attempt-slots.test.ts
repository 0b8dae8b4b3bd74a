import { FakeEnvironment } from '@parlour/testing'
import { expect, it } from 'vitest'
import { type AttemptRank, AttemptSlots } from './attempt-slots.ts'

function scene(max: number) {
  const environment = new FakeEnvironment()
  const slots = new AttemptSlots(max, environment)
  const begun: string[] = []
  const releases = new Map<string, () => void>()
  const acquire = (name: string, rank: AttemptRank = 'new', account = '') =>
    slots.acquire(rank, account, (release) => {
      begun.push(name)
      releases.set(name, release)
    })
  return { environment, slots, begun, acquire, release: (name: string) => releases.get(name)?.() }
}

it('bounds the attempts at once; who was reached before goes first, then in order', () => {
  const { slots, begun, acquire, release } = scene(2)
  for (const name of ['a', 'b', 'c']) acquire(name)
  acquire('friend', 'known')
  expect(begun).toEqual(['a', 'friend'])
  expect(slots.waiting).toBe(2)
  release('a')
  release('friend')
  expect(begun).toEqual(['a', 'friend', 'b'])
})

it('an account does not wait for all that another wants to reach', () => {
  const { begun, acquire, release } = scene(1)
  for (let n = 0; n < 100; n++) acquire(`${n}`, 'new', 'a')
  acquire('of b', 'new', 'b')
  release('0')
  release('1')
  expect(begun).toEqual(['0', '1', 'of b'])
})

it('few begin in a moment, so that a thousand are no long turn; others have their turns in between', () => {
  const { environment, begun, acquire } = scene(100)
  for (let n = 0; n < 50; n++) acquire(`${n}`)
  let most = begun.length
  for (let before = begun.length, moment = 0; moment < 100; moment++, before = begun.length) {
    environment.advance(5)
    most = Math.max(most, begun.length - before)
  }
  expect([begun.length, most]).toEqual([50, 3])
})

it('who is withdrawn is not begun', () => {
  const { begun, acquire, release } = scene(1)
  acquire('a')
  const withdraw = acquire('b')
  withdraw()
  release('a')
  expect(begun).toEqual(['a'])
})

it('peers that say nothing stand in nobody’s way, and their number is bounded too', () => {
  const { environment, slots, begun, acquire, release } = scene(1)
  for (let n = 0; n < 20; n++) acquire(`silent ${n}`)
  expect(begun).toHaveLength(1)
  environment.advance(600)
  expect(begun).toHaveLength(2)
  for (let turn = 0; turn < 20; turn++) environment.advance(600)
  expect(begun).toHaveLength(11)
  expect(slots.waiting).toBe(9)
  release('silent 0')
  expect(begun).toHaveLength(11)
  release('silent 10')
  expect(begun).toHaveLength(12)
})
