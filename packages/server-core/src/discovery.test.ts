import { expect, test } from 'vitest'
import { Discovery } from './discovery.ts'

test('features are sorted, kept apart by target, and go with the last that announced them', () => {
  const discovery = new Discovery()
  const first = discovery.advertise('urn:b', 'server', 'account')
  const second = discovery.advertise('urn:b')
  discovery.advertise('urn:a')
  expect(discovery.features('server')).toEqual(['urn:a', 'urn:b'])
  expect(discovery.features('account')).toEqual(['urn:b'])
  first()
  expect([discovery.features('server'), discovery.features('account')]).toEqual([['urn:a', 'urn:b'], []])
  second()
  expect(discovery.features('server')).toEqual(['urn:a'])
})

test('identities and items come and go', () => {
  const discovery = new Discovery()
  const identity = { category: 'server', type: 'im', name: 'Parlour' }
  const item = { jid: 'rooms.example.com' }
  const undo = [discovery.identify('server', identity), discovery.addItem(item)]
  expect([discovery.identities('server'), discovery.identities('account'), discovery.items()]).toEqual([
    [identity],
    [],
    [item],
  ])
  for (const each of undo) each()
  expect([discovery.identities('server'), discovery.items()]).toEqual([[], []])
})

test('each change changes the revision', () => {
  const discovery = new Discovery()
  const revisions = [discovery.revision]
  const undo = discovery.advertise('urn:a')
  revisions.push(discovery.revision)
  undo()
  revisions.push(discovery.revision)
  discovery.identify('account', { category: 'account', type: 'registered' })()
  revisions.push(discovery.revision)
  expect(new Set(revisions).size).toBe(4)
})
