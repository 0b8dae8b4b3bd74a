/**
 * Damages answers of name servers, also cut off and with names that point into each other.
 * `node --conditions=@parlour/source packages/resolver-dns/fuzz/resolver-dns.fuzz.ts --seconds 10 [--seed N]`
 * Fails, printing the input, when reading throws or takes long, when a name or address that cannot be one comes out,
 * when a TTL is out of bounds, or when memory grows.
 */
import { isIP } from 'node:net'
import { parseArgs } from 'node:util'
import { type Answer, encode } from 'dns-packet'
import { decodeResponse, type Response } from '../src/message.ts'
import type { Question, RecordType } from '../src/records.ts'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '10' }, seed: { type: 'string' } } })
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
const LONGEST_MILLISECONDS = 200
const MOST_GROWTH = 64 * 1024 * 1024
const ID = 4711

let state = seed >>> 0
/** A whole number from 0 up to, not including, `below`. */
function random(below: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((state / 2 ** 32) * below)
}
const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T

const NAME = '_xmpp-server._tcp.example.org'
const ANSWERS: readonly Answer[] = [
  { type: 'SRV', name: NAME, ttl: 300, data: { priority: 1, weight: 2, port: 5269, target: 'x.example.org' } },
  { type: 'CNAME', name: NAME, ttl: 300, data: 'y.example.org' },
  { type: 'A', name: 'x.example.org', ttl: 4_294_967_295, data: '192.0.2.1' },
  { type: 'AAAA', name: 'x.example.org', ttl: 1, data: '2001:db8::1' },
  { type: 'TXT', name: NAME, ttl: 1, data: ['one', 'two'] },
  { type: 'TLSA', name: NAME, data: { usage: 3, selector: 1, matchingType: 1, certificate: Buffer.alloc(32) } },
]
const SOA: Answer = { type: 'SOA', name: '.', ttl: 60, data: { mname: 'a', rname: 'b', minimum: 30 } }

function damaged(question: Question): Buffer {
  const answers = Array.from({ length: random(8) }, () => pick(ANSWERS))
  const authorities = random(2) === 0 ? [SOA] : []
  const questions = [{ name: question.name, type: question.type }]
  let message = encode({ type: 'response', id: ID, flags: random(0x8000), questions, answers, authorities })
  for (let count = random(6); count > 0; count--) {
    const at = random(message.length)
    const act = random(4)
    if (act === 0) message[at] = random(256)
    // A pointer to anywhere (RFC 1035 §4.1.4).
    else if (act === 1 && at + 1 < message.length) message.writeUInt16BE(0xc000 | random(message.length), at)
    else if (act === 2) message = message.subarray(0, at)
    else message = Buffer.concat([message.subarray(0, at), message.subarray(random(message.length))])
  }
  return message.subarray(0, 65_535)
}

const PRINTABLE = /^[\x21-\x7e]*$/
function fault({ records, negativeTtl = 0 }: Response): string | undefined {
  for (const record of records) {
    const names = 'target' in record ? [record.name, record.target] : [record.name]
    if (!names.every((name) => PRINTABLE.test(name) && name === name.toLowerCase())) return 'a name that is none'
    if (!(record.ttl >= 0 && record.ttl <= 0x7fffffff)) return 'a TTL out of bounds'
    if ('address' in record && isIP(record.address) === 0) return 'an address that is none'
  }
  return negativeTtl >= 0 && negativeTtl <= 0x7fffffff ? undefined : 'a negative TTL out of bounds'
}

function fail(what: string, message: Buffer): never {
  console.error(`${what}, seed ${seed}, input ${message.toString('base64')}`)
  process.exit(1)
}

function run(question: Question): boolean {
  const message = damaged(question)
  const before = process.cpuUsage()
  try {
    const response = decodeResponse(message, ID, question)
    const found = response && fault(response)
    if (found !== undefined) fail(found, message)
    const { user, system } = process.cpuUsage(before)
    if ((user + system) / 1000 > LONGEST_MILLISECONDS) fail('reading took too long', message)
    return response !== undefined
  } catch (error) {
    return fail(error instanceof Error ? String(error.stack) : String(error), message)
  }
}

const TYPES: readonly RecordType[] = ['SRV', 'A', 'AAAA', 'TXT', 'TLSA', 'CNAME']
const until = Date.now() + Number(values.seconds) * 1000
let inputs = 0
let understood = 0
let memory: number | undefined
while (Date.now() < until) {
  for (let count = 0; count < 1000; count++) if (run({ name: NAME, type: pick(TYPES) })) understood++
  inputs += 1000
  if (inputs === 20_000) memory = process.memoryUsage().heapUsed
}
if (understood === 0) fail('no answer was understood', Buffer.alloc(0))
if (memory !== undefined && process.memoryUsage().heapUsed - memory > MOST_GROWTH) fail('memory grew', Buffer.alloc(0))
console.log(`${inputs} inputs, ${understood} understood, seed ${seed}`)
