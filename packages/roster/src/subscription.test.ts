import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newItem, type RosterItem } from './item.ts'
import { changeSubscription, removalStanzas, stateOf } from './subscription.ts'
import type { Direction, SubscriptionState, SubscriptionType } from './subscription-tables.ts'

const user = 'juliet@example.com'

// Written from the tables' pictures in RFC 6121 Appendix A, by state, not by stanza; compared with the product's
// tables, which are by stanza. N/T/F/B = None/To/From/Both, o = Pending Out, i = Pending In.
// A cell: `+` passed on or `-` not, then the new state; `=` no state change, `p` pre-approval, `*` auto-reply.
const columns: [Direction, SubscriptionType][] = [
  ['outbound', 'subscribe'],
  ['outbound', 'unsubscribe'],
  ['outbound', 'subscribed'],
  ['outbound', 'unsubscribed'],
  ['inbound', 'subscribe'],
  ['inbound', 'unsubscribe'],
  ['inbound', 'subscribed'],
  ['inbound', 'unsubscribed'],
]
const cells: Record<string, string> = {
  //    out: subscribe unsubscribe subscribed unsubscribed  in: subscribe unsubscribe subscribed unsubscribed
  N: '       +No       +=          -p         -=            +Ni       -=          -=         -=',
  No: '      +=        +N          -p         -=            +Noi      -=          +T         +N',
  Ni: '      +Noi      +=          +F         +N            -=        +N*         -=         -=',
  Noi: '     +=        +Ni         +Fo        +No           -=        +No*        +Ti        +Ni',
  T: '       +=        +N          -p         -=            +Ti       -=          -=         +N',
  Ti: '      +=        +Ni         +B         +T            -=        +T*         -=         +Ni',
  F: '       +Fo       +=          -=         +N            -=*       +N*         -=         -=',
  Fo: '      +=        +F          -=         +No           -=*       +No*        +B         +F',
  B: '       +=        +F          -=         +T            -=*       +T*         -=         +F',
}
const names: Record<string, SubscriptionState> = {
  N: 'None',
  No: 'None + Pending Out',
  Ni: 'None + Pending In',
  Noi: 'None + Pending Out+In',
  T: 'To',
  Ti: 'To + Pending In',
  F: 'From',
  Fo: 'From + Pending Out',
  B: 'Both',
}
const letters = { N: 'none', T: 'to', F: 'from', B: 'both' } as const

function itemIn(short: string): RosterItem {
  return {
    ...newItem(user),
    subscription: letters[short[0] as keyof typeof letters],
    ask: short.includes('o'),
    pendingIn: short.includes('i'),
  }
}

const fixture = Object.entries(cells).flatMap(([short, line]) =>
  line
    .trim()
    .split(/\s+/)
    .map((cell, index) => ({ short, cell, direction: columns[index]?.[0], type: columns[index]?.[1] })),
)

describe('RFC 6121 Appendix A: subscription states', () => {
  it('has 9 states, 4 types, 2 directions: 72 cells', () => expect(fixture).toHaveLength(72))

  it.each(fixture)('$direction "$type" in state $short: $cell', ({ short, cell, direction, type }) => {
    if (!direction || !type) throw new Error('the fixture has a gap')
    const before = itemIn(short)
    expect(stateOf(before)).toBe(names[short])
    const outcome = changeSubscription(before, user, type, direction)
    const [, passes, target, star] = /^([+-])([^*]+)(\*?)$/.exec(cell) ?? []
    expect(direction === 'outbound' ? outcome.route : outcome.deliver).toBe(passes === '+')
    expect(direction === 'outbound' ? outcome.deliver : outcome.route).toBe(false)
    expect(stateOf(outcome.item)).toBe(target === '=' || target === 'p' ? names[short] : names[target ?? ''])
    expect(outcome.item?.approved).toBe(target === 'p')
    expect(outcome.changed).toBe(target !== '=')
    expect(outcome.autoReply).toBe(star ? `${type === 'subscribe' ? 'subscribed' : 'unsubscribed'}` : undefined)
  })
})

describe('RFC 6121 §3.1.2: outbound subscription request', () => {
  it('makes an item with subscription "none" and ask "subscribe", and pushes it', () => {
    const outcome = changeSubscription(undefined, user, 'subscribe', 'outbound')
    expect(outcome.item).toEqual({ ...newItem(user), ask: true })
    expect(outcome).toMatchObject({ route: true, push: true, changed: true })
  })

  it('keeps name and groups of an item that is there already', () => {
    const item = { ...newItem(user), name: 'Juliet', groups: ['VIPs'] }
    const outcome = changeSubscription(item, user, 'subscribe', 'outbound')
    expect(outcome.item).toEqual({ ...item, ask: true })
  })
})

describe('RFC 6121 §3.1.3: inbound subscription request', () => {
  it('"MUST NOT add an item for the user to the contact\'s roster" until approved: a note, and no push', () => {
    const request = changeSubscription(undefined, user, 'subscribe', 'inbound')
    expect(request).toMatchObject({ deliver: true, push: false, changed: true })
    expect(request.item).toMatchObject({ pendingIn: true, listed: false })
    const approval = changeSubscription(request.item, user, 'subscribed', 'outbound')
    expect(approval).toMatchObject({ route: true, push: true })
    expect(approval.item).toMatchObject({ subscription: 'from', listed: true, pendingIn: false })
  })

  it('a request that is denied leaves nothing behind', () => {
    const request = changeSubscription(undefined, user, 'subscribe', 'inbound')
    const denial = changeSubscription(request.item, user, 'unsubscribed', 'outbound')
    expect(denial).toEqual({ item: undefined, changed: true, route: true, deliver: false, push: false })
  })

  it('§3.3.3: an unsubscribe "MUST simply remove any record of the inbound presence subscription request"', () => {
    const request = changeSubscription(undefined, user, 'subscribe', 'inbound')
    expect(changeSubscription(request.item, user, 'unsubscribe', 'inbound')).toMatchObject({
      item: undefined,
      push: false,
    })
  })

  it("does not push an item of the user's own for a request alone", () => {
    const outcome = changeSubscription(newItem(user), user, 'subscribe', 'inbound')
    expect(outcome).toMatchObject({ deliver: true, push: false, changed: true })
    expect(outcome.item?.listed).toBe(true)
  })

  it('asking back lists the note: "None + Pending Out+In" has an item', () => {
    const request = changeSubscription(undefined, user, 'subscribe', 'inbound')
    const asked = changeSubscription(request.item, user, 'subscribe', 'outbound')
    expect(asked).toMatchObject({ push: true, route: true })
    expect(asked.item).toMatchObject({ ask: true, pendingIn: true, listed: true })
  })
})

describe('RFC 6121 §3.4: pre-approval', () => {
  const approved = changeSubscription(undefined, user, 'subscribed', 'outbound')

  it("\"MUST create a roster item for the contact with a state of 'None' and set the 'approved' flag\"", () => {
    expect(approved.item).toEqual({ ...newItem(user), approved: true })
    expect(approved).toMatchObject({ route: false, push: true, changed: true })
  })

  it('"MUST NOT deliver a presence stanza of type \'subscribe\' … but instead MUST automatically respond"', () => {
    const outcome = changeSubscription(approved.item, user, 'subscribe', 'inbound')
    expect(outcome).toMatchObject({ deliver: false, autoReply: 'subscribed', push: true, changed: true })
    expect(outcome.item).toMatchObject({ subscription: 'from', pendingIn: false, approved: true })
  })

  it.each([
    ['No', 'From + Pending Out'],
    ['T', 'Both'],
  ])('answers a request in state %s with %s', (short, state) => {
    const outcome = changeSubscription({ ...itemIn(short), approved: true }, user, 'subscribe', 'inbound')
    expect(stateOf(outcome.item)).toBe(state)
    expect(outcome.autoReply).toBe('subscribed')
  })

  it('is cancelled by "unsubscribed", which "MUST NOT" be routed, with a push', () => {
    const outcome = changeSubscription(approved.item, user, 'unsubscribed', 'outbound')
    expect(outcome).toMatchObject({ route: false, push: true, changed: true })
    expect(outcome.item).toEqual(newItem(user))
  })

  it('ends with the subscription that came of it', () => {
    const subscribed = changeSubscription(approved.item, user, 'subscribe', 'inbound')
    const cancelled = changeSubscription(subscribed.item, user, 'unsubscribed', 'outbound')
    expect(cancelled).toMatchObject({ route: true, push: true })
    expect(cancelled.item).toEqual(newItem(user))
  })

  it('given twice changes nothing', () => {
    expect(changeSubscription(approved.item, user, 'subscribed', 'outbound')).toMatchObject({
      changed: false,
      push: false,
    })
  })
})

describe('RFC 6121 §2.5.2: stanzas of a removal', () => {
  it.each([
    ['N', []],
    ['No', ['unsubscribe']],
    ['Ni', ['unsubscribed']],
    ['T', ['unsubscribe']],
    ['F', ['unsubscribed']],
    ['B', ['unsubscribe', 'unsubscribed']],
  ])('in state %s: %j', (short, stanzas) => expect(removalStanzas(itemIn(short))).toEqual(stanzas))
})

const type = fc.constantFrom<SubscriptionType>('subscribe', 'unsubscribe', 'subscribed', 'unsubscribed')

/** Two servers, whose stanzas reach each other in order. */
class Pair {
  readonly items: (RosterItem | undefined)[] = [undefined, undefined]
  readonly queues: SubscriptionType[][] = [[], []]

  send(side: 0 | 1, sent: SubscriptionType): void {
    const outcome = changeSubscription(this.items[side], user, sent, 'outbound')
    this.items[side] = outcome.item
    if (outcome.route) this.queues[side]?.push(sent)
  }

  receive(side: 0 | 1): void {
    const from = side === 0 ? 1 : 0
    const received = this.queues[from]?.shift()
    if (!received) return
    const outcome = changeSubscription(this.items[side], user, received, 'inbound')
    this.items[side] = outcome.item
    if (outcome.autoReply) this.queues[side]?.push(outcome.autoReply)
  }

  settle(): void {
    while (this.queues.some((queue) => queue.length > 0)) {
      this.receive(0)
      this.receive(1)
    }
  }
}

describe('properties of the tables', () => {
  const side = fc.constantFrom<0 | 1>(0, 1)
  const action = fc.record({ side, type: fc.option(type, { nil: undefined }) })

  it('two rosters that exchange stanzas agree on the subscriptions when everything has arrived', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 30 }), (actions) => {
        const pair = new Pair()
        for (const step of actions) {
          if (step.type) pair.send(step.side, step.type)
          pair.settle()
        }
        const subscription = (index: number) => pair.items[index]?.subscription ?? 'none'
        const mirrored = { none: 'none', to: 'from', from: 'to', both: 'both' } as const
        expect(subscription(1)).toBe(mirrored[subscription(0)])
      }),
    )
  })

  it('stanzas that cross on the way never make the exchange endless', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const pair = new Pair()
        for (const step of actions) {
          if (step.type) pair.send(step.side, step.type)
          else pair.receive(step.side)
        }
        pair.settle()
        expect(pair.queues).toEqual([[], []])
      }),
    )
  })

  it('an inbound stanza that changes nothing is not delivered, and what is pushed has changed', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(type, fc.constantFrom<Direction>('inbound', 'outbound'))), (stanzas) => {
        let item: RosterItem | undefined
        for (const [sent, direction] of stanzas) {
          const outcome = changeSubscription(item, user, sent, direction)
          if (!outcome.changed) expect(outcome.deliver).toBe(false)
          if (outcome.push) expect(outcome.changed).toBe(true)
          if (!outcome.changed) expect(outcome.item).toBe(item)
          item = outcome.item
        }
      }),
    )
  })
})
