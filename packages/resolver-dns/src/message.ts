import { isIP } from 'node:net'
import { type Answer, type DecodedPacket, decode, encode, RECURSION_DESIRED } from 'dns-packet'
import { fromWire } from './name.ts'
import type { Question, ResourceRecord } from './records.ts'

/** What fits through every path without fragments. */
const UDP_PAYLOAD_SIZE = 1232
/** RFC 6891 §6.1.2: tells how large answers over UDP may be. */
const OPT: Answer = {
  type: 'OPT',
  name: '.',
  udpPayloadSize: UDP_PAYLOAD_SIZE,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
}

/** A question in wire format (RFC 1035 §4). */
export function encodeQuestion(id: number, { name, type }: Question, extended: boolean): Uint8Array {
  return encode({
    type: 'query',
    id,
    flags: RECURSION_DESIRED,
    questions: [{ name, type, class: 'IN' }],
    ...(extended && { additionals: [OPT] }),
  })
}

/** What a name server said. */
export interface Response {
  /** `NOERROR`, `NXDOMAIN`, `SERVFAIL` …; `MALFORMED` if it cannot be read. */
  readonly rcode: string
  readonly truncated: boolean
  /** All of the answer section that is of a type known here. */
  readonly records: readonly ResourceRecord[]
  /** Seconds for which "there is none" may be kept (RFC 2308 §5); undefined: not at all. */
  readonly negativeTtl: number | undefined
  /** Sends on to other name servers without an answer. */
  readonly referral: boolean
}

/**
 * Reads an answer.
 *
 * @returns undefined if it is none to this question: it may be forged (RFC 5452 §9.1)
 */
export function decodeResponse(message: Buffer, id: number, question: Question): Response | undefined {
  // The header and the question are looked at before anything else is trusted.
  if (message.length < 12 || message.readUInt16BE(0) !== id || (message[2] as number) < 0x80) return undefined
  try {
    // Counts of very many take the decoder long, though none of them is there.
    if (leastLength(message) > message.length) throw new RangeError('fewer octets than the counts need')
    const packet = decode(message)
    return answers(packet, question) ? responseOf(packet, message) : undefined
  } catch {
    // Some cut an answer off in the midst of a record.
    const truncated = ((message[2] as number) & 0x02) !== 0
    return { rcode: 'MALFORMED', truncated, records: [], negativeTtl: undefined, referral: false }
  }
}

/** Octets of the root's question, and of its record without data (RFC 1035 §4.1.2, §4.1.3). */
const SHORTEST = { question: 5, record: 11 } as const

/** What a message needs at least for what its header counts (RFC 1035 §4.1.1). */
function leastLength(message: Buffer): number {
  const records = message.readUInt16BE(6) + message.readUInt16BE(8) + message.readUInt16BE(10)
  return 12 + message.readUInt16BE(4) * SHORTEST.question + records * SHORTEST.record
}

function answers({ questions = [] }: DecodedPacket, { name, type }: Question): boolean {
  const [asked] = questions
  return (
    questions.length === 1 &&
    asked !== undefined &&
    asked.name.toLowerCase() === name &&
    asked.type === type &&
    asked.class === 'IN'
  )
}

const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED']

function responseOf(packet: DecodedPacket, message: Buffer): Response {
  const { answers = [], authorities = [] } = packet
  const code = (message[3] as number) & 0x0f
  const soa = authorities.find((record) => record.type === 'SOA')
  return {
    rcode: RCODES[code] ?? `RCODE${code}`,
    truncated: packet.flag_tc,
    records: answers.flatMap(recordOf),
    // RFC 2308 §5: "the minimum of the MINIMUM field of the SOA record and the TTL of the SOA itself".
    negativeTtl: soa && Math.min(ttlOf(soa.ttl), ttlOf(soa.data.minimum)),
    referral: !packet.flag_aa && answers.length === 0 && !soa && authorities.some(({ type }) => type === 'NS'),
  }
}

/** RFC 2181 §8: with the most significant bit set, the TTL counts as zero. */
function ttlOf(ttl: number | undefined): number {
  return ttl === undefined || ttl > 0x7fffffff ? 0 : ttl
}

function recordOf(answer: Answer): ResourceRecord[] {
  if (answer.type === 'OPT' || !('class' in answer) || answer.class !== 'IN') return []
  const owned = { name: fromWire(answer.name), ttl: ttlOf(answer.ttl) }
  if (answer.type === 'A' || answer.type === 'AAAA')
    return [{ ...owned, type: answer.type, address: addressOf(answer.type, answer.data) }]
  if (answer.type === 'CNAME') return [{ ...owned, type: 'CNAME', target: fromWire(answer.data) }]
  if (answer.type === 'SRV') {
    const { priority = 0, weight = 0, port, target } = answer.data
    return [{ ...owned, type: 'SRV', priority, weight, port, target: fromWire(target) }]
  }
  if (answer.type === 'TXT') return [{ ...owned, type: 'TXT', strings: [answer.data].flat().map(String) }]
  if (answer.type === 'TLSA') {
    const { usage, selector, matchingType, certificate } = answer.data
    return [{ ...owned, type: 'TLSA', usage, selector, matchingType, association: new Uint8Array(certificate) }]
  }
  return []
}

/** Of a record that is cut off, fewer octets than an address has are read. */
function addressOf(type: 'A' | 'AAAA', address: string): string {
  if (isIP(address) === (type === 'A' ? 4 : 6)) return address
  throw new RangeError('a record without a whole address')
}
