import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StanzaQueue } from './stanza-queue.ts'

describe('the queue of a link', () => {
  it('keeps order and counts its size, whatever is put in, taken out or put back', () => {
    const step = fc.oneof(
      fc.record({ type: fc.constant('push' as const), text: fc.string({ maxLength: 5 }) }),
      fc.record({ type: fc.constant('shift' as const) }),
      fc.record({
        type: fc.constant('unshift' as const),
        texts: fc.array(fc.string({ maxLength: 5 }), { maxLength: 3 }),
      }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const queue = new StanzaQueue(Number.POSITIVE_INFINITY)
        let model: string[] = []
        for (const each of steps) {
          if (each.type === 'push') queue.push({ text: each.text, since: 0 })
          else if (each.type === 'unshift') queue.unshift(each.texts.map((text) => ({ text, since: 0 })))
          else expect(queue.shift()?.text).toBe(model[0])
          if (each.type === 'push') model.push(each.text)
          else model = each.type === 'unshift' ? [...each.texts, ...model] : model.slice(1)
          expect([queue.length, queue.bytes]).toEqual([model.length, model.join('').length])
        }
        expect(queue.takeAll().map(({ text }) => text)).toEqual(model)
      }),
    )
  })

  it('takes no more than its bound; one stanza always finds room', () => {
    const queue = new StanzaQueue(10)
    expect(queue.push({ text: 'x'.repeat(20), since: 1 })).toBe(true)
    expect(queue.push({ text: 'y', since: 2 })).toBe(false)
    queue.shift()
    expect(queue.push({ text: 'y', since: 2 })).toBe(true)
  })

  it('gives out from the front what waits too long', () => {
    const queue = new StanzaQueue(100)
    for (const since of [1, 2, 3]) queue.push({ text: String(since), since })
    expect(queue.takeOlder(2).map(({ text }) => text)).toEqual(['1', '2'])
    expect([queue.length, queue.oldest]).toEqual([1, 3])
  })
})
