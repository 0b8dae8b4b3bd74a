import { isStanzaErrorCondition } from '@parlour/stanza'
import { expect, test } from 'vitest'
import type { DialbackOutcome } from './elements.ts'
import {
  DIALBACK_ERRORS,
  type DialbackErrorReason,
  dialbackError,
  queuedStanzaCondition,
  receivingVerdict,
} from './outcomes.ts'

const valid: DialbackOutcome = { type: 'valid' }
const invalid: DialbackOutcome = { type: 'invalid' }
const error = dialbackError('target-unknown')

test('XEP-0220 §2.5: each reason has a stanza error condition as RFC 6120 defines it', () => {
  for (const reason of Object.keys(DIALBACK_ERRORS) as DialbackErrorReason[]) {
    const outcome = dialbackError(reason, 'words')
    expect(outcome).toMatchObject({ type: 'error', error: { condition: DIALBACK_ERRORS[reason], text: 'words' } })
    expect(isStanzaErrorCondition(DIALBACK_ERRORS[reason])).toBe(true)
  }
})

test('XEP-0220 §2.2.1: valid is passed on', () => {
  expect(receivingVerdict(valid, false)).toEqual({ answer: valid, close: false })
  expect(receivingVerdict(valid, true)).toEqual({ answer: valid, close: false })
})

test('XEP-0220 §2.2.1: invalid on the first attempt is passed on, and the stream MUST be closed', () => {
  expect(receivingVerdict(invalid, false)).toEqual({ answer: invalid, close: true })
})

test('XEP-0220 §2.2.1: invalid beside other valid pairs is <forbidden/>, and the stream stays', () => {
  const verdict = receivingVerdict(invalid, true)
  expect(verdict).toMatchObject({ answer: { type: 'error', error: { condition: 'forbidden' } }, close: false })
})

test('XEP-0220 §2.5: an error in step 3 MUST become <remote-server-not-found/> in step 4', () => {
  for (const otherPairs of [false, true]) {
    const verdict = receivingVerdict(error, otherPairs)
    expect(verdict).toMatchObject({ answer: { error: { condition: 'remote-server-not-found' } }, close: false })
  }
})

test('XEP-0220 §2.1.1: queued stanzas return with internal-server-error after invalid, remote-server-timeout after error', () => {
  expect(queuedStanzaCondition(valid)).toBeUndefined()
  expect(queuedStanzaCondition(invalid)).toBe('internal-server-error')
  expect(queuedStanzaCondition(error)).toBe('remote-server-timeout')
})
