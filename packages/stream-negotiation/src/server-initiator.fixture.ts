import { expect } from 'vitest'
import type { ServerInitiatorPolicy } from './server-initiator-types.ts'
import { ASK, answerWith, DIALBACK, features, KEY, PROCEED, STARTTLS_FEATURES } from './server-text.fixture.ts'
import { hearing, InitiatorEnd } from './server-wire.fixture.ts'

export const HEADER = answerWith('417GAF25')
/** Of a header that does not tell of dialback. */
export const NO_DB = ''

/** An initiating server at the points of its negotiation; what it hears comes in pieces of so many octets. */
export function initiating(chunkBytes: number) {
  const hear = hearing(chunkBytes)
  /** In plain text, its header taken. */
  const plain = (policy: Partial<ServerInitiatorPolicy> = {}) => {
    const end = new InitiatorEnd(policy)
    expect(end.takeWritten()).toBe(end.find('send-header')?.header.dialback ? ASK : ASK.replace(/ xmlns:db='.*?'/, ''))
    return end
  }
  /** Inside TLS, the initial header sent and taken. */
  const secured = (policy: Partial<ServerInitiatorPolicy> = {}) => {
    const end = hear(plain(policy), HEADER, STARTTLS_FEATURES, PROCEED)
    end.secure()
    end.takeWritten()
    return end
  }
  /** With the key sent, the answer outstanding. */
  const dialing = () => {
    const end = hear(secured(), HEADER, features(DIALBACK))
    expect(end.takeWritten()).toBe(KEY)
    return end
  }
  return { hear, plain, secured, dialing }
}

export function failedWith(end: InitiatorEnd, code: string, written: string) {
  expect(end.code).toBe(code)
  expect(end.takeWritten()).toBe(written)
  expect(end.state.name).toBe('failed')
  expect(end.find('established')).toBeUndefined()
}
