import { StreamError } from '@parlour/xml-stream'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { StreamManagementSender, type StreamManagementSenderOptions } from './sender.ts'

const NEVER = { everyStanzas: Number.POSITIVE_INFINITY, everyBytes: Number.POSITIVE_INFINITY }

function senderOf(count: number, options: StreamManagementSenderOptions = {}): StreamManagementSender<number> {
  const sender = new StreamManagementSender<number>({ request: NEVER, ...options })
  for (let item = 1; item <= count; item++) expect(sender.sent(item, 1)).toBe('ok')
  return sender
}

test('a stanza that is withdrawn after a resumption was never sent: the counts of both sides fit', () => {
  const sender = senderOf(4)
  sender.acknowledge(1)
  expect(sender.withdraw()).toBe(2)
  expect(sender.retransmit()).toEqual([3, 4])
  expect([sender.sendCount, sender.unacknowledgedBytes]).toEqual([3, 2])
  expect(sender.acknowledge(3)).toEqual([3, 4])
  expect(sender.withdraw()).toBeUndefined()
})

test.each([
  ['stanzas', { everyStanzas: 3, everyBytes: 1000 }],
  ['bytes', { everyStanzas: 1000, everyBytes: 3 }],
])('§8.2: what is sent again counts for the next request, as what is sent anew: %s', (_, request) => {
  const sender = senderOf(2, { request })
  expect(sender.sent(3, 1)).toBe('request')
  expect(sender.retransmit()).toEqual([1, 2, 3])
  expect(sender.sent(4, 1)).toBe('request')
})

describe('XEP-0198 §4: h acknowledges the stanzas up to it', () => {
  test('what is acknowledged leaves, oldest first; the rest stays', () => {
    const sender = senderOf(5)
    expect(sender.acknowledge(2)).toEqual([1, 2])
    expect(sender.unacknowledged()).toEqual([3, 4, 5])
    expect([sender.unacknowledgedStanzas, sender.unacknowledgedBytes]).toEqual([3, 3])
    expect([sender.sendCount, sender.acknowledged]).toEqual([5, 2])
    expect(sender.acknowledge(5)).toEqual([3, 4, 5])
    expect([sender.unacknowledgedStanzas, sender.unacknowledgedBytes]).toEqual([0, 0])
  })

  test('the count starts at zero; the same h again says nothing new', () => {
    const sender = senderOf(1)
    expect(sender.acknowledge(0)).toEqual([])
    expect(sender.acknowledge(1)).toEqual([1])
    expect(sender.acknowledge(1)).toEqual([])
  })

  test('an earlier h says nothing new either', () => {
    const sender = senderOf(5)
    sender.acknowledge(4)
    expect(sender.acknowledge(1)).toEqual([])
    expect(sender.unacknowledged()).toEqual([5])
  })
})

describe('XEP-0198 §4: h is reset from 2^32 − 1 back to zero', () => {
  test('the counts go on behind zero', () => {
    const sender = senderOf(5, { acknowledged: 2 ** 32 - 3 })
    expect(sender.sendCount).toBe(2)
    expect(sender.acknowledge(2 ** 32 - 1)).toEqual([1, 2])
    expect(sender.acknowledged).toBe(2 ** 32 - 1)
    expect(sender.acknowledge(0)).toEqual([3])
    expect(sender.acknowledged).toBe(0)
    expect(sender.acknowledge(2 ** 32 - 1)).toEqual([])
    expect(sender.acknowledge(2)).toEqual([4, 5])
    expect(sender.acknowledge(3)).toBeInstanceOf(StreamError)
  })
})

describe('XEP-0198 §6: an h that is too high', () => {
  test('is undefined-condition with <handled-count-too-high/>, as in its example', () => {
    const error = senderOf(8).acknowledge(10)
    if (!(error instanceof StreamError)) throw new Error('not refused')
    expect(error.toElement().toString()).toBe(
      "<error xmlns='http://etherx.jabber.org/streams'><undefined-condition xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>" +
        "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams' xml:lang='en'>You acknowledged 10 stanzas, but I only sent you 8 so far.</text>" +
        "<handled-count-too-high xmlns='urn:xmpp:sm:3' h='10' send-count='8'/></error>",
    )
  })

  test.each([9, 2 ** 31, 2 ** 32 - 1])('%d of 8 changes nothing', (h) => {
    const sender = senderOf(8)
    expect(sender.acknowledge(h)).toBeInstanceOf(StreamError)
    expect(sender.unacknowledgedStanzas).toBe(8)
    expect(sender.acknowledge(8)).toHaveLength(8)
  })

  test('nothing sent: every h but 0 is too high', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 32 - 1 }), (h) => {
        expect(senderOf(0).acknowledge(h)).toBeInstanceOf(StreamError)
      }),
    )
  })
})

describe('XEP-0198 §8.2: acknowledgements are requested periodically, one request at a time', () => {
  test('every 5 stanzas', () => {
    const sender = new StreamManagementSender<number>({ request: { everyStanzas: 5, everyBytes: 1e9 } })
    const verdicts = Array.from({ length: 12 }, (_, item) => sender.sent(item, 1))
    expect(verdicts.map((verdict, index) => verdict === 'request' && index + 1).filter(Boolean)).toEqual([5])
    expect(sender.requested).toBe(true)
    sender.acknowledge(5)
    expect(sender.requested).toBe(false)
    // Seven went out while the request was on its way: the next one asks again.
    expect(sender.sent(12, 1)).toBe('request')
  })

  test('every so many bytes', () => {
    const sender = new StreamManagementSender<string>({ request: { everyStanzas: 1e9, everyBytes: 100 } })
    expect(sender.sent('a', 99)).toBe('ok')
    expect(sender.sent('b', 1)).toBe('request')
    sender.acknowledge(2)
    expect(sender.sent('c', 100)).toBe('request')
  })

  test('§8.1: with 1, after each', () => {
    const sender = new StreamManagementSender<number>({ request: { everyStanzas: 1, everyBytes: 1e9 } })
    for (let item = 1; item <= 3; item++) {
      expect(sender.sent(item, 1)).toBe('request')
      sender.acknowledge(item)
    }
  })

  test('out of turn: only when something waits and no request is outstanding', () => {
    const sender = senderOf(0)
    expect(sender.request()).toBe(false)
    sender.sent(1, 1)
    expect(sender.request()).toBe(true)
    expect(sender.request()).toBe(false)
    sender.acknowledge(0)
    expect(sender.request()).toBe(true)
  })
})

describe('bounds', () => {
  test('full: neither counted nor kept, until something is acknowledged', () => {
    const sender = senderOf(3, { maxUnacknowledgedStanzas: 3 })
    expect(sender.sent(4, 1)).toBe('full')
    expect([sender.sendCount, sender.unacknowledgedStanzas]).toEqual([3, 3])
    sender.acknowledge(1)
    expect(sender.sent(4, 1)).toBe('ok')
    expect(sender.unacknowledged()).toEqual([2, 3, 4])
  })

  test('full in bytes; one stanza always fits', () => {
    const sender = senderOf(0, { maxUnacknowledgedBytes: 10 })
    expect(sender.sent(1, 11)).toBe('ok')
    expect(sender.sent(2, 0)).toBe('full')
    sender.acknowledge(1)
    expect(sender.sent(2, 5)).toBe('ok')
    expect(sender.sent(3, 5)).toBe('ok')
    expect(sender.sent(4, 1)).toBe('full')
  })
})

describe('XEP-0198 §5: resumption', () => {
  test('what is unhandled is sent again, in order and not counted again', () => {
    const sender = senderOf(5)
    expect(sender.acknowledge(2)).toEqual([1, 2])
    expect(sender.retransmit()).toEqual([3, 4, 5])
    expect(sender.sendCount).toBe(5)
    expect(sender.acknowledge(5)).toEqual([3, 4, 5])
  })

  test('a request of the former connection is forgotten', () => {
    const sender = senderOf(1)
    sender.request()
    sender.retransmit()
    expect(sender.requested).toBe(false)
    expect(sender.request()).toBe(true)
  })

  test('a session from storage: the items are given again, and counted from the h told last', () => {
    const before = senderOf(5)
    before.acknowledge(3)
    const after = senderOf(0, { acknowledged: before.acknowledged })
    for (const item of before.unacknowledged()) after.sent(item, 1)
    expect(after.sendCount).toBe(before.sendCount)
    expect(after.acknowledge(4)).toEqual([4])
  })
})

test('any interleaving of sends and acknowledgements keeps order, count and size, across 2^32', () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ send: fc.integer({ min: 1, max: 150 }), bytes: fc.nat(1000) }) },
    { weight: 2, arbitrary: fc.record({ acknowledge: fc.double({ min: 0, max: 1, noNaN: true }) }) },
  )
  const start = fc.oneof(fc.constant(0), fc.integer({ min: 2 ** 32 - 400, max: 2 ** 32 - 1 }))
  fc.assert(
    fc.property(start, fc.array(step, { maxLength: 40 }), (acknowledged, steps) => {
      const sender = new StreamManagementSender<{ n: number; bytes: number }>({ acknowledged })
      const model: { n: number; bytes: number }[] = []
      let next = 0
      let told = acknowledged
      for (const action of steps) {
        if ('send' in action) {
          for (let count = 0; count < action.send; count++) {
            const item = { n: next++, bytes: action.bytes }
            expect(sender.sent(item, item.bytes)).not.toBe('full')
            model.push(item)
          }
        } else {
          const count = Math.floor(action.acknowledge * model.length)
          told = (told + count) % 2 ** 32
          expect(sender.acknowledge(told)).toEqual(model.splice(0, count))
        }
        expect(sender.unacknowledgedStanzas).toBe(model.length)
        expect(sender.unacknowledgedBytes).toBe(model.reduce((sum, { bytes }) => sum + bytes, 0))
        expect(sender.sendCount).toBe((told + model.length) % 2 ** 32)
        expect(sender.acknowledge((told + model.length + 1) % 2 ** 32)).toBeInstanceOf(StreamError)
      }
      expect(sender.unacknowledged()).toEqual(model)
    }),
  )
})
