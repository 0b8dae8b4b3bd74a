import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HandlingOrder } from './handling-order.ts'
import { StreamManagementReceiver } from './receiver.ts'

describe('XEP-0198 §4: h counts the stanzas handled', () => {
  test('it starts at zero and goes up by one with each', () => {
    const receiver = new StreamManagementReceiver()
    expect(receiver.h).toBe(0)
    for (let count = 1; count <= 3; count++) {
      expect(receiver.handled()).toBe(false)
      expect(receiver.h).toBe(count)
    }
    expect(receiver.answer()).toBe(3)
  })

  test('it is reset from 2^32 − 1 back to zero', () => {
    const receiver = new StreamManagementReceiver({ h: 2 ** 32 - 1 })
    receiver.handled()
    expect(receiver.h).toBe(0)
  })

  test('either party MAY send an <a/> after it has received a certain number of stanzas, across 2^32', () => {
    const receiver = new StreamManagementReceiver({ acknowledgeEvery: 3, h: 2 ** 32 - 2 })
    expect([receiver.handled(), receiver.handled(), receiver.handled()]).toEqual([false, false, true])
    expect(receiver.handled()).toBe(true)
    expect(receiver.answer()).toBe(2)
    expect(receiver.handled()).toBe(false)
  })

  test('an <a/> is owed before the stream closes when something was handled since the last one', () => {
    const receiver = new StreamManagementReceiver({ h: 7 })
    expect(receiver.owesAcknowledgement).toBe(false)
    receiver.handled()
    expect(receiver.owesAcknowledgement).toBe(true)
    receiver.answer()
    expect(receiver.owesAcknowledgement).toBe(false)
  })
})

describe('XEP-0198 §4: h is the last handled stanza, so none before it may be unhandled', () => {
  test('what is finished early counts when all before it is finished', () => {
    const order = new HandlingOrder()
    const [a, b, c] = [order.begin(), order.begin(), order.begin()]
    expect(order.finish(c)).toBe(0)
    expect(order.finish(a)).toBe(1)
    expect(order.inHandling).toBe(2)
    expect(order.finish(b)).toBe(2)
    expect(order.inHandling).toBe(0)
  })

  test('a ticket twice, or one that was never given, counts for nothing', () => {
    const order = new HandlingOrder()
    const ticket = order.begin()
    expect(order.finish(ticket)).toBe(1)
    expect(order.finish(ticket)).toBe(0)
    expect(order.finish(ticket + 5)).toBe(0)
    expect(order.finish(ticket + 1)).toBe(0)
    expect(order.inHandling).toBe(0)
    expect(order.finish(order.begin())).toBe(1)
  })

  test('in any order, the count is that of the finished ones without a gap', () => {
    const shuffled = fc.nat(40).chain((n) => fc.shuffledSubarray([...Array(n).keys()], { minLength: n, maxLength: n }))
    fc.assert(
      fc.property(shuffled, (tickets) => {
        const order = new HandlingOrder()
        for (const _ of tickets) order.begin()
        const finished = new Set<number>()
        let count = 0
        for (const ticket of tickets) {
          count += order.finish(ticket)
          finished.add(ticket)
          let expected = 0
          while (finished.has(expected)) expected++
          expect(count).toBe(expected)
        }
      }),
    )
  })
})
