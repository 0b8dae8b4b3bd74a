import { FakeEnvironment } from '@parlour/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { resultAnswer, verifyAnswer } from './elements.ts'
import { PendingVerifications, type VerificationName } from './pending-verifications.ts'
import { readDialback } from './read.ts'

const request = { from: 'capulet.example', to: 'montague.example', id: '417GAF25' }
const answer = { from: 'montague.example', to: 'capulet.example', id: '417GAF25' }

function make(options: { maxPending?: number; timeout?: number } = {}) {
  const timers = new FakeEnvironment()
  const expired: string[] = []
  const pending = new PendingVerifications<string>({ timers, ...options, expired: (value) => expired.push(value) })
  return { timers, expired, pending }
}

describe('XEP-0220 §2.1.2, §3.1: an answer has to correlate by from, to and id to a request on the same stream', () => {
  test('the answer finds its request, once', () => {
    const { pending } = make()
    expect(pending.add(request, 'a')).toBe('added')
    const read = readDialback(verifyAnswer(request, { type: 'valid' }))
    if (read?.kind !== 'verify-answer') throw new Error('not read')
    expect(pending.take(read)).toBe('a')
    expect(pending.take(read)).toBeUndefined()
  })

  test.each<[string, VerificationName]>([
    ['another id', { ...answer, id: '417GAF26' }],
    ['another sender domain', { ...answer, from: 'evil.example' }],
    ['another target domain', { ...answer, to: 'evil.example' }],
    ['the addresses of the request', request],
    ['an answer to <db:result/>', { from: answer.from, to: answer.to }],
  ])('%s is unsolicited, and the request goes on waiting', (_, unsolicited) => {
    const { pending } = make()
    pending.add(request, 'a')
    expect(pending.take(unsolicited)).toBeUndefined()
    expect(pending.take(answer)).toBe('a')
  })

  test('an answer on another stream is unsolicited: each has its own requests', () => {
    const { pending } = make()
    const other = make().pending
    pending.add(request, 'a')
    expect(other.take(answer)).toBeUndefined()
    expect(pending.size).toBe(1)
  })

  test('§2.1.1: <db:result/> correlates by from and to, apart from <db:verify/>', () => {
    const { pending } = make()
    const { from, to } = request
    pending.add(request, 'verify')
    pending.add({ from, to }, 'result')
    const read = readDialback(resultAnswer({ from, to }, { type: 'valid' }))
    if (read?.kind !== 'result-answer') throw new Error('not read')
    expect(pending.take(read)).toBe('result')
    expect(pending.take(answer)).toBe('verify')
  })
})

describe('bounds', () => {
  test('no more than maxPending wait; what is refused is not remembered', () => {
    const { pending } = make({ maxPending: 2 })
    expect(pending.add({ ...request, id: '1' }, 'a')).toBe('added')
    expect(pending.add({ ...request, id: '2' }, 'b')).toBe('added')
    expect(pending.add({ ...request, id: '3' }, 'c')).toBe('full')
    expect(pending.take({ ...answer, id: '3' })).toBeUndefined()
    expect(pending.delete({ ...request, id: '1' })).toBe(true)
    expect(pending.delete({ ...request, id: '1' })).toBe(false)
    expect(pending.add({ ...request, id: '3' }, 'c')).toBe('added')
  })

  test('the same request twice waits once, for the first', () => {
    const { pending } = make()
    pending.add(request, 'first')
    expect(pending.add(request, 'second')).toBe('duplicate')
    expect(pending.has(request)).toBe(true)
    expect(pending.take(answer)).toBe('first')
    expect(pending.has(request)).toBe(false)
  })

  test('XEP-0220 §2.1.1: no response after a certain time is a failure; a late answer is unsolicited', () => {
    const { pending, timers, expired } = make({ timeout: 5000 })
    pending.add(request, 'a')
    timers.advance(4999)
    expect(expired).toEqual([])
    timers.advance(1)
    expect(expired).toEqual(['a'])
    expect(pending.take(answer)).toBeUndefined()
    expect(pending.size).toBe(0)
  })

  test('what was answered, deleted or cleared does not expire, and leaves no timer', () => {
    let running = 0
    const expired: string[] = []
    const timers = {
      setTimer: () => {
        running++
        return () => void running--
      },
    }
    const pending = new PendingVerifications<string>({ timers, expired: (value) => expired.push(value) })
    for (const id of ['1', '2', '3', '4']) pending.add({ ...request, id }, id)
    pending.take({ ...answer, id: '1' })
    pending.delete({ ...request, id: '2' })
    expect(running).toBe(2)
    expect(pending.clear()).toEqual(['3', '4'])
    expect(running).toBe(0)
    expect(expired).toEqual([])
    expect(pending.size).toBe(0)
  })

  test('XEP-0220 §2.1.2: when the stream closes, the pending requests are failed', () => {
    const { pending, timers, expired } = make()
    pending.add({ ...request, id: '1' }, 'a')
    pending.add({ ...request, id: '2' }, 'b')
    expect(pending.clear()).toEqual(['a', 'b'])
    timers.advance(60_000)
    expect(expired).toEqual([])
  })
})

test('any order of requests, answers and time: each request ends once, and never more than the bound wait', () => {
  const id = fc.constantFrom('1', '2', '3 4', '3', undefined)
  const event = fc.oneof(
    fc.record({ type: fc.constant('add' as const), id }),
    fc.record({ type: fc.constant('take' as const), id }),
    fc.record({ type: fc.constant('advance' as const), ms: fc.nat(200) }),
  )
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      const timers = new FakeEnvironment()
      const ended: number[] = []
      const added: number[] = []
      const pending = new PendingVerifications<number>({
        timers,
        maxPending: 3,
        timeout: 100,
        expired: (n) => ended.push(n),
      })
      for (const [index, step] of events.entries()) {
        if (step.type === 'advance') timers.advance(step.ms)
        else if (step.type === 'add') {
          const { from, to } = request
          if (pending.add({ from, to, id: step.id }, index) === 'added') added.push(index)
        } else {
          const taken = pending.take({ from: answer.from, to: answer.to, id: step.id })
          if (taken !== undefined) ended.push(taken)
        }
        expect(pending.size).toBeLessThanOrEqual(3)
        expect(pending.size).toBe(added.length - ended.length)
      }
      ended.push(...pending.clear())
      expect(ended.toSorted((a, b) => a - b)).toEqual(added)
    }),
  )
})
