import {
  type Answer,
  AUTHORITATIVE_ANSWER,
  type DecodedPacket,
  encode,
  type Packet,
  RECURSION_AVAILABLE,
  RECURSION_DESIRED,
  TRUNCATED_RESPONSE,
} from 'dns-packet'
import type { NegativeTtl, TestBehaviour } from './behaviour.ts'
import type { TestRecord } from './test-record.ts'
import { answerFrom, startOfAuthority, toAnswer } from './zone.ts'

const RCODES = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const

/** The messages that answer a query, in the order to send. */
export function messagesFor(
  query: DecodedPacket,
  table: ReadonlyMap<string, readonly TestRecord[]>,
  behaviour: TestBehaviour,
  negative: NegativeTtl,
  transport: 'udp' | 'tcp',
): Uint8Array[] {
  const right = encode(packetFor(query, table, behaviour, negative, transport))
  const { forged, forgedOnly = false } = behaviour
  return [...(forged ? [wrong(query, forged)] : []), ...(forgedOnly ? [] : [right])]
}

function packetFor(
  { id = 0, questions = [], additionals = [] }: DecodedPacket,
  table: ReadonlyMap<string, readonly TestRecord[]>,
  behaviour: TestBehaviour,
  { minimum, soaTtl }: NegativeTtl,
  transport: 'udp' | 'tcp',
): Packet {
  const common = { type: 'response', id, questions } as const
  const [{ name, type } = { name: '.', type: 'A' }] = questions
  if (behaviour.referral) return { ...common, authorities: [{ type: 'NS', name: '.', data: 'ns.invalid' }] }
  if (behaviour.truncate && transport === 'udp') return { ...common, flags: TRUNCATED_RESPONSE }
  // Resolvers of Erlang take answers only from who recurses.
  const flags = AUTHORITATIVE_ANSWER | RECURSION_DESIRED | RECURSION_AVAILABLE
  if (behaviour.rcode && (!behaviour.onlyExtended || additionals.length > 0)) {
    const soa = behaviour.rcode === 'NXDOMAIN' && !behaviour.withoutSoa ? [startOfAuthority(minimum, soaTtl)] : []
    return { ...common, flags: flags | RCODES[behaviour.rcode], authorities: soa }
  }
  const { rcode, answers } = answerFrom(table, name, type)
  if (behaviour.aliasOnly && answers[0]?.type === 'CNAME') return { ...common, flags, answers: answers.slice(0, 1) }
  const negative = !answers.some((answer) => answer.type === type) && !behaviour.withoutSoa
  return {
    ...common,
    flags: flags | RCODES[rcode],
    answers: [...unrelatedAnswers(behaviour), ...answers],
    authorities: negative ? [startOfAuthority(minimum, soaTtl)] : [],
  }
}

function unrelatedAnswers({ unrelated = {} }: TestBehaviour): Answer[] {
  return Object.entries(unrelated).flatMap(([owner, records]) => records.map((record) => toAnswer(owner, record)))
}

function wrong({ id = 0, questions = [] }: DecodedPacket, forged: 'id' | 'question' | 'garbage'): Uint8Array {
  const answers = questions.map(({ name }) => ({ type: 'A', name, ttl: 300, data: '203.0.113.66' }) as const)
  if (forged === 'id') return encode({ type: 'response', id: id ^ 1, questions, answers })
  if (forged === 'question')
    return encode({ type: 'response', id, questions: [{ name: 'x.invalid', type: 'A' }], answers })
  const header = encode({ type: 'response', id, questions })
  return Buffer.concat([header.subarray(0, 4), Buffer.alloc(20, 0xff)])
}
