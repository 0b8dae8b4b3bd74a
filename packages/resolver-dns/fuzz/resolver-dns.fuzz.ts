/**
 * Damages answers of name servers, also cut off and with names that point into each other.
 * `node --conditions=@parlour/source packages/resolver-dns/fuzz/resolver-dns.fuzz.ts --seconds 10 [--seed N]`
 * Fails, printing the input, when reading throws or takes long, when a name or address that cannot be one comes out,
 * when a TTL is out of bounds, when nothing is understood, or when memory grows.
 */
import assert from 'node:assert/strict'
import { isIP } from 'node:net'
import { fuzzing } from '@parlour/testing'
import { type Answer, encode } from 'dns-packet'
import { decodeResponse, type Response } from '../src/message.ts'
import type { Question, RecordType } from '../src/records.ts'

const { seed, random, pick, run } = fuzzing()
const ID = 4711
const NAME = '_xmpp-server._tcp.example.org'
const TYPES: readonly RecordType[] = ['SRV', 'A', 'AAAA', 'TXT', 'TLSA', 'CNAME']
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
function judge({ records, negativeTtl = 0 }: Response): void {
  for (const record of records) {
    const names = 'target' in record ? [record.name, record.target] : [record.name]
    for (const name of names) assert.ok(PRINTABLE.test(name) && name === name.toLowerCase(), 'a name that is none')
    assert.ok(record.ttl >= 0 && record.ttl <= 0x7fffffff, 'a TTL out of bounds')
    if ('address' in record) assert.notEqual(isIP(record.address), 0, 'an address that is none')
  }
  assert.ok(negativeTtl >= 0 && negativeTtl <= 0x7fffffff, 'a negative TTL out of bounds')
}

let understood = 0
const inputs = await run({
  make: () => {
    const question = { name: NAME, type: pick(TYPES) }
    return { question, message: damaged(question) }
  },
  attempt({ question, message }) {
    const response = decodeResponse(message, ID, question)
    if (!response) return
    understood++
    judge(response)
  },
  print: ({ question, message }) => `${question.type} ${message.toString('base64')}`,
})
assert.ok(understood > 0, `no answer of ${inputs} was understood, seed ${seed}`)
console.log(`${inputs} inputs, ${understood} understood, seed ${seed}`)
