import { describe, expect, test } from 'vitest'
import type { ServerInitiatorPolicy } from './server-initiator-types.ts'
import type { ServerReceiverPolicy } from './server-receiver-types.ts'
import {
  ANSWER,
  ASK,
  AUTH,
  answer,
  BIDI,
  DIALBACK,
  EXTERNAL,
  features,
  header,
  KEY,
  LIMITS,
  REFUSED,
  SUCCESS,
  TO_TLS,
  VALID,
} from './server-text.fixture.ts'
import { CHUNKS, InitiatorEnd, type Judgement, play, ReceiverEnd } from './server-wire.fixture.ts'
import { limitsElement } from './stream-limits.ts'

interface Scenario {
  readonly title: string
  readonly transcript: string
  readonly initiator?: Partial<ServerInitiatorPolicy>
  readonly receiver?: Partial<ServerReceiverPolicy>
  readonly judgement?: Judgement
  /** What the two ends come to; a `failed` initiator with its code. */
  readonly ends: readonly [initiator: string, receiver: string]
}

/** Dialogues of two honest servers: each is played with one machine on either side. */
const SCENARIOS: readonly Scenario[] = [
  {
    title: 'RFC 6120 §9.2, XEP-0178 §3: STARTTLS and EXTERNAL',
    transcript: `${TO_TLS}
      R: ${features(EXTERNAL, DIALBACK)}
      I: ${AUTH}
      R: ${SUCCESS}
      I: ${ASK}
      R: ${ANSWER}
      R: ${features(DIALBACK)}`,
    ends: ['external', 'external'],
  },
  {
    title: 'XEP-0220 §2.1.1, §2.2.1: STARTTLS and dialback',
    receiver: { externalOffered: () => false },
    judgement: { keys: ['key-capulet.example'] },
    transcript: `${TO_TLS}
      R: ${features(DIALBACK)}
      I: ${KEY}
      R: ${VALID}`,
    ends: ['dialback', 'dialback'],
  },
  {
    title: 'XEP-0220 §2.2.1: an invalid key ends the stream',
    receiver: { externalOffered: () => false },
    transcript: `${TO_TLS}
      R: ${features(DIALBACK)}
      I: ${KEY}
      R: ${answer('invalid')}</stream:stream>
      I: </stream:stream>`,
    ends: ['dialback-invalid', 'closed'],
  },
  {
    title: 'XEP-0178 §3 step 11: EXTERNAL fails, dialback goes on',
    judgement: { external: () => ({ type: 'external-result', ok: false }), keys: ['key-capulet.example'] },
    transcript: `${TO_TLS}
      R: ${features(EXTERNAL, DIALBACK)}
      I: ${AUTH}
      R: ${REFUSED}
      I: ${KEY}
      R: ${VALID}`,
    ends: ['dialback', 'dialback'],
  },
  {
    title: 'XEP-0288 §3: both directions, with EXTERNAL; limits told in <bidi/> (XEP-0478 §3.2)',
    initiator: { bidirectional: true, limits: { maxBytes: 10_000, idleSeconds: 1800 } },
    receiver: { bidirectional: true },
    transcript: `${TO_TLS}
      R: ${features(BIDI, EXTERNAL, DIALBACK)}
      I: <bidi xmlns='urn:xmpp:bidi'><limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>10000</max-bytes><idle-seconds>1800</idle-seconds></limits></bidi>
      I: ${AUTH}
      R: ${SUCCESS}
      I: ${ASK}
      R: ${ANSWER}
      R: ${features(DIALBACK)}`,
    ends: ['external both', 'external both'],
  },
  {
    title: 'XEP-0288 §3: both directions, with dialback',
    initiator: { bidirectional: true },
    receiver: { bidirectional: true, externalOffered: () => false },
    judgement: { keys: ['key-capulet.example'] },
    transcript: `${TO_TLS}
      R: ${features(BIDI, DIALBACK)}
      I: <bidi xmlns='urn:xmpp:bidi'/>
      I: ${KEY}
      R: ${VALID}`,
    ends: ['dialback both', 'dialback both'],
  },
  {
    title: 'XEP-0288 §2.1: both directions offered, and not wanted',
    receiver: { bidirectional: true, externalOffered: () => false },
    judgement: { keys: ['key-capulet.example'] },
    transcript: `${TO_TLS}
      R: ${features(BIDI, DIALBACK)}
      I: ${KEY}
      R: ${VALID}`,
    ends: ['dialback', 'dialback'],
  },
  {
    title: 'XEP-0478 §3.1: what the receiver accepts is listed inside TLS only',
    receiver: {
      features: () => [limitsElement({ maxBytes: 262_144 })],
    },
    transcript: `${TO_TLS}
      R: ${features(EXTERNAL, DIALBACK, LIMITS)}
      I: ${AUTH}
      R: ${SUCCESS}
      I: ${ASK}
      R: ${ANSWER}
      R: ${features(DIALBACK, LIMITS)}`,
    ends: ['external', 'external'],
  },
  {
    title: 'XEP-0220 §2: no way of authentication is offered',
    receiver: { externalOffered: () => false, dialbackOffered: false },
    transcript: `${TO_TLS.replaceAll(ANSWER, header("from='montague.example' to='capulet.example' id='…' version='1.0' xml:lang='en'", ''))}
      R: <stream:features/>
      I: </stream:stream>
      R: </stream:stream>`,
    ends: ['mechanisms-not-offered', 'closed'],
  },
]

const PLACEHOLDER = /id='…'/g

function endOfInitiator(end: InitiatorEnd): string {
  const { authentication, bidirectional } = end.find('established') ?? {}
  return end.code ?? `${authentication}${bidirectional ? ' both' : ''}`
}

function endOfReceiver(end: ReceiverEnd): string {
  if (end.state.name === 'closed') return 'closed'
  const { authentication, bidirectional } = end.find('established') ?? {}
  return `${authentication}${bidirectional ? ' both' : ''}`
}

describe.each(CHUNKS)('in pieces of %i octets', (chunk) => {
  test.each(SCENARIOS)('$title: the initiating server', ({ transcript, initiator, ends }) => {
    const end = new InitiatorEnd(initiator)
    play(end, 'I', transcript.replace(PLACEHOLDER, "id='417GAF25'"), chunk)
    expect(endOfInitiator(end)).toBe(ends[0])
  })

  test.each(SCENARIOS)('$title: the receiving server', ({ transcript, receiver, judgement, ends }) => {
    const end = new ReceiverEnd(receiver, judgement)
    play(end, 'R', transcript, chunk)
    expect(endOfReceiver(end)).toBe(ends[1])
  })
})
