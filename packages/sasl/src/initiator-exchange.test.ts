import { el } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { clientOptions } from '../test/accounts.ts'
import { auth, NS, octets, sent } from '../test/exchanges.ts'
import { challengeElement, createInitiatorExchange, failureElement, successElement } from './index.ts'

describe('the initiating entity (RFC 6120 §6.4)', () => {
  const initiator = (offered: readonly string[], changes = {}) =>
    createInitiatorExchange(clientOptions({ offered, offeredChannelBindings: undefined, ...changes }))

  test('RFC 6120 §9.1: SCRAM-SHA-1 as juliet', () => {
    const nonce = Buffer.from('oMsTAAwAAAAMAAAANP0TAAAAAABPU0AA', 'base64')
    const exchange = initiator(['SCRAM-SHA-1'], { channelBindings: new Map(), randomBytes: () => nonce })
    expect(String(exchange.start)).toBe(
      `<auth xmlns='${NS}' mechanism='SCRAM-SHA-1'>biwsbj1qdWxpZXQscj1vTXNUQUF3QUFBQU1BQUFBTlAwVEFBQUFBQUJQVTBBQQ==</auth>`,
    )
    const challenge = [
      'cj1vTXNUQUF3QUFBQU1BQUFBTlAwVEFBQUFBQUJQVTBBQWUxMjQ2OTViLTY5Y',
      'TktNGRlNi05YzMwLWI1MWIzODA4YzU5ZSxzPU5qaGtZVE0wTURndE5HWTBaaT',
      'AwTmpkbUxUa3hNbVV0TkRsbU5UTm1ORE5rTURNeixpPTQwOTY=',
    ].join('')
    expect(sent(exchange.receive(el('challenge', NS, {}, challenge)))).toBe(
      `<response xmlns='${NS}'>${[
        'Yz1iaXdzLHI9b01zVEFBd0FBQUFNQUFBQU5QMFRBQUFBQUFCUFUwQUFlMTI0N',
        'jk1Yi02OWE5LTRkZTYtOWMzMC1iNTFiMzgwOGM1OWUscD1VQTU3dE0vU3ZwQV',
        'RCa0gyRlhzMFdEWHZKWXc9',
      ].join('')}</response>`,
    )
    const success = el('success', NS, {}, 'dj1wTk5ERlZFUXh1WHhDb1NFaVc4R0VaKzFSU289')
    expect(exchange.receive(success)).toEqual({ type: 'success', mechanism: 'SCRAM-SHA-1', binding: undefined })
  })

  test('§6.4.2: PLAIN as the example has it', () => {
    const exchange = initiator(['PLAIN'])
    expect(String(exchange.start)).toBe(`<auth xmlns='${NS}' mechanism='PLAIN'>AGp1bGlldAByMG0zMG15cjBtMzA=</auth>`)
    expect(exchange.receive(successElement())).toMatchObject({ type: 'success', mechanism: 'PLAIN' })
  })

  test('§6.4.2: no octets are sent as `=`', () => {
    expect(String(initiator(['EXTERNAL']).start)).toBe(`<auth xmlns='${NS}' mechanism='EXTERNAL'>=</auth>`)
  })

  test('§6.5: an unknown condition is not-authorized; text is kept', () => {
    const failure = el('failure', NS, {}, el('moon-phase', NS), el('text', NS, {}, 'later'))
    expect(initiator(['PLAIN']).receive(failure)).toMatchObject({
      type: 'failure',
      error: { code: 'failure', condition: 'not-authorized', text: 'later', message: 'not-authorized: later' },
    })
    expect(initiator(['PLAIN']).receive(el('failure', NS))).toMatchObject({ error: { condition: 'not-authorized' } })
  })

  test('§6.4.5: invalid-mechanism: the next in the list is tried, to its end', () => {
    const exchange = initiator(['SCRAM-SHA-256', 'SCRAM-SHA-1'])
    expect(exchange.mechanism).toBe('SCRAM-SHA-256')
    expect(exchange.receive(failureElement('invalid-mechanism'))).toMatchObject({ type: 'continue' })
    expect(exchange.mechanism).toBe('SCRAM-SHA-1')
    expect(exchange.receive(failureElement('invalid-mechanism'))).toMatchObject({
      type: 'failure',
      error: { condition: 'invalid-mechanism' },
    })
  })

  test('a wrong password is not tried again by a weaker mechanism', () => {
    const outcome = initiator(['SCRAM-SHA-256', 'PLAIN']).receive(failureElement('not-authorized'))
    expect(outcome).toMatchObject({ type: 'failure', error: { condition: 'not-authorized' } })
  })

  test.each([
    ['a challenge that is not base 64', el('challenge', NS, {}, '*'), 'malformed-challenge'],
    ['a challenge that is not SCRAM', challengeElement(octets('hello')), 'malformed-challenge'],
    ['an <auth/>', auth('PLAIN'), 'unexpected-message'],
    ['a stanza', el('message', 'jabber:client'), 'unexpected-message'],
  ])('§6.4.4: %s is answered with an abort', (_what, element, code) => {
    const outcome = initiator(['SCRAM-SHA-1']).receive(element)
    expect(outcome).toMatchObject({ type: 'failure', error: { code } })
    expect(sent(outcome)).toBe(`<abort xmlns='${NS}'/>`)
  })

  test('a success whose data are not the signature is no success', () => {
    expect(initiator(['SCRAM-SHA-1']).receive(successElement())).toMatchObject({
      type: 'failure',
      error: { code: 'server-not-authenticated' },
    })
    expect(initiator(['SCRAM-SHA-1']).receive(el('success', NS, {}, '*'))).toMatchObject({ type: 'failure' })
  })
})
