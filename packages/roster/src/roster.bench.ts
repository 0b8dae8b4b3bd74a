import { test } from 'vitest'
import { newItem } from './item.ts'
import { Roster } from './roster.ts'
import { changeSubscription } from './subscription.ts'
import { readRosterSet, rosterResult, rosterUpdate } from './wire.ts'

const roster = new Roster('epoch')
for (let index = 0; index < 200; index++) {
  const jid = `contact${index}@example.com`
  const item = { ...newItem(jid), name: `Contact ${index}`, groups: ['Friends'], subscription: 'both' as const }
  roster.apply(roster.plan(jid, item))
}
const jid = 'contact7@example.com'
const item = roster.get(jid)

test('subscription tables', async ({ bench }) => {
  await bench.compare(
    bench('a stanza that changes nothing', () => {
      changeSubscription(item, jid, 'subscribe', 'inbound')
    }),
    bench('a stanza that changes the state', () => {
      changeSubscription(undefined, jid, 'subscribe', 'outbound')
    }),
  )
})

test('a roster of 200', async ({ bench }) => {
  const set = rosterUpdate(jid, 'Nurse', ['Servants'])
  await bench.compare(
    bench('subscribers for a broadcast', () => {
      roster.subscribers()
    }),
    bench('a change', () => {
      roster.apply(roster.plan(jid, item))
    }),
    bench('reading a roster set', () => {
      readRosterSet(set)
    }),
    bench('the whole roster as elements', () => {
      rosterResult(roster.items(), roster.version)
    }),
  )
})
