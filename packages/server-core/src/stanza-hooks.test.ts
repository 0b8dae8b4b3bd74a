import { message, readStanza, StanzaError } from '@parlour/stanza'
import { expect, test } from 'vitest'
import type { StanzaHandler } from './hooks.ts'
import { RoutedStanza } from './stanza-event.ts'
import { passThrough } from './stanza-hooks.ts'
import { Transaction } from './transaction.ts'

const event = new RoutedStanza(readStanza(message({ to: 'a@b' })), 'outbound', new Transaction())

function pass(...handlers: StanzaHandler[]) {
  const ends: unknown[] = []
  const done = passThrough(
    handlers,
    event,
    () => void ends.push('next'),
    (_, error) => void ends.push(error.condition),
  )
  return { done, ends }
}

test('with nothing that waits nothing is awaited', () => {
  const { done, ends } = pass(
    () => undefined,
    () => undefined,
  )
  expect([done, ends]).toEqual([undefined, ['next']])
})

test('the first that does not pass a stanza on is the last that sees it', () => {
  const never = () => {
    throw new Error('reached')
  }
  expect(pass(() => 'handled', never).ends).toEqual([])
  expect(pass(() => new StanzaError('forbidden'), never).ends).toEqual(['forbidden'])
})

test('a handler that waits holds those behind it', async () => {
  const order: string[] = []
  const { done, ends } = pass(
    async () => void order.push('slow'),
    () => void order.push('quick'),
  )
  expect([order, ends]).toEqual([['slow'], []])
  await done
  expect([order, ends]).toEqual([['slow', 'quick'], ['next']])
  const refused = pass(async () => new StanzaError('conflict'))
  await refused.done
  expect(refused.ends).toEqual(['conflict'])
})
