import { StreamError } from '@parlour/xml-stream'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { StreamManagementReceiver } from './receiver.ts'
import { StreamManagementSender } from './sender.ts'

/** What is on its way from one side to the other. */
type Sent = { readonly stanza: number } | { readonly type: 'request' } | { readonly h: number }

/** One side of a session, as a driver uses the package. */
class Side {
  readonly sender: StreamManagementSender<number>
  readonly receiver: StreamManagementReceiver
  readonly handled: number[] = []
  readonly acknowledged: number[] = []
  outgoing: Sent[] = []
  next = 0

  constructor(start: number) {
    const request = { everyStanzas: 3, everyBytes: 1e9 }
    this.sender = new StreamManagementSender({ acknowledged: start, maxUnacknowledgedStanzas: 20, request })
    this.receiver = new StreamManagementReceiver({ h: start, acknowledgeEvery: 7 })
  }

  send(): void {
    const verdict = this.sender.sent(this.next, 1)
    if (verdict === 'full') return
    this.outgoing.push({ stanza: this.next++ })
    if (verdict === 'request') this.outgoing.push({ type: 'request' })
  }

  hear(item: Sent): void {
    if ('h' in item) this.acknowledge(item.h)
    else if ('type' in item) this.outgoing.push({ h: this.receiver.answer() })
    else {
      this.handled.push(item.stanza)
      if (this.receiver.handled()) this.outgoing.push({ h: this.receiver.answer() })
    }
  }

  acknowledge(h: number): void {
    const items = this.sender.acknowledge(h)
    if (items instanceof StreamError) throw items
    this.acknowledged.push(...items)
  }

  resume(h: number): void {
    this.acknowledge(h)
    this.outgoing = this.sender.retransmit().map((stanza) => ({ stanza }))
  }
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index)

test('XEP-0198 §5: whatever is lost with connections, each stanza is handled once and in order, across 2^32', () => {
  const event = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('send-a', 'send-b') },
    { weight: 6, arbitrary: fc.constantFrom('deliver-a', 'deliver-b') },
    { weight: 1, arbitrary: fc.constant('break') },
  )
  const start = fc.constantFrom(0, 2 ** 32 - 5)
  fc.assert(
    fc.property(start, fc.array(event, { maxLength: 200 }), (count, events) => {
      const [a, b] = [new Side(count), new Side(count)]
      const deliver = (from: Side, to: Side) => {
        const item = from.outgoing.shift()
        if (item) to.hear(item)
      }
      const reconnect = () => {
        a.outgoing = []
        b.outgoing = []
        const [handledByA, handledByB] = [a.receiver.answer(), b.receiver.answer()]
        a.resume(handledByB)
        b.resume(handledByA)
      }
      const actions: Record<string, () => void> = {
        'send-a': () => a.send(),
        'send-b': () => b.send(),
        'deliver-a': () => deliver(a, b),
        'deliver-b': () => deliver(b, a),
        break: reconnect,
      }
      for (const name of events) actions[name]?.()
      reconnect()
      while (a.outgoing.length + b.outgoing.length > 0) {
        deliver(a, b)
        deliver(b, a)
      }
      for (const [one, other] of [
        [a, b],
        [b, a],
      ] as const) {
        expect(other.handled).toEqual(upTo(one.next))
        one.acknowledge(other.receiver.answer())
        expect(one.acknowledged).toEqual(upTo(one.next))
        expect(one.sender.unacknowledgedStanzas).toBe(0)
      }
    }),
    { numRuns: 300 },
  )
})
