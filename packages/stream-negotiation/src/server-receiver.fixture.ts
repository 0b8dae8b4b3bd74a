import { expect } from 'vitest'
import type { ServerReceiverPolicy } from './server-receiver-types.ts'
import { ASK, COMMAND, SASL } from './server-text.fixture.ts'
import { hearing, type Judgement, ReceiverEnd } from './server-wire.fixture.ts'

export const PRESENCE = "<presence from='a@capulet.example' to='b@montague.example'/>"
export const IQ =
  "<iq from='capulet.example' to='montague.example' type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>"
export const VERIFY = "<db:verify from='capulet.example' to='montague.example' id='417GAF25'>key</db:verify>"
export const KEYS: Judgement = { keys: ['key-capulet.example', 'other'] }
export const auth = (message: string, mechanism = 'EXTERNAL') =>
  message === ''
    ? `<auth ${SASL} mechanism='${mechanism}'/>`
    : `<auth ${SASL} mechanism='${mechanism}'>${message}</auth>`
export const failure = (condition: string) => `<failure ${SASL}><${condition}/></failure>`

/** A receiving server at the points of its negotiation; what it hears comes in pieces of so many octets. */
export function receiving(chunkBytes: number) {
  const hear = hearing(chunkBytes)
  /** In plain text, features sent and taken. */
  const plain = (policy: Partial<ServerReceiverPolicy> = {}, judgement: Judgement = {}) => {
    const end = hear(new ReceiverEnd(policy, judgement), ASK)
    end.takeWritten()
    return end
  }
  /** Inside TLS, features sent and taken. */
  const secured = (policy: Partial<ServerReceiverPolicy> = {}, judgement: Judgement = {}) => {
    const end = hear(plain(policy, judgement), COMMAND)
    end.secure()
    hear(end, ASK)
    end.takeWritten()
    return end
  }
  return { hear, plain, secured }
}

export function closedWith(end: ReceiverEnd, written: string) {
  expect(end.takeWritten()).toBe(written)
  expect(end.state.name).toBe('closed')
}

export const established = (end: ReceiverEnd) => end.events.filter((output) => output.type === 'established')
