import { bench, describe } from 'vitest'
import { newItem } from './item.ts'
import { Roster } from './roster.ts'
import { changeSubscription } from './subscription.ts'
import { readRosterSet, rosterResult, rosterUpdate } from './wire.ts'

const roster = new Roster('epoch')
for (let index = 0; index < 200; index++) {
  const jid = `contact${index}@example.com`
  roster.apply(
    roster.plan(jid, { ...newItem(jid), name: `Contact ${index}`, groups: ['Friends'], subscription: 'both' }),
  )
}
const item = roster.get('contact7@example.com')

describe('subscription tables', () => {
  bench('a stanza that changes nothing', () => {
    changeSubscription(item, 'contact7@example.com', 'subscribe', 'inbound')
  })
  bench('a stanza that changes the state', () => {
    changeSubscription(undefined, 'nurse@example.com', 'subscribe', 'outbound')
  })
})

describe('a roster of 200', () => {
  bench('subscribers for a broadcast', () => {
    roster.subscribers()
  })
  bench('a change', () => {
    roster.apply(roster.plan('contact7@example.com', item))
  })
  bench('the whole roster as elements', () => {
    rosterResult(roster.items(), roster.version)
  })
  const set = rosterUpdate('nurse@example.com', 'Nurse', ['Servants'])
  bench('reading a roster set', () => {
    readRosterSet(set)
  })
})
