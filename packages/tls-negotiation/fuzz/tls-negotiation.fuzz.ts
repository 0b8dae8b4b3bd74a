/**
 * Feeds parseSubjectAltName and matchesDomain with random text: `node --conditions=@parlour/source
 * packages/tls-negotiation/fuzz/tls-negotiation.fuzz.ts --seconds 10 [--seed N]`. Exits 1 with the input when one
 * throws, an entry is made of the inside of a JSON string, one input takes too long, or memory grows.
 */
import { parseArgs } from 'node:util'
import { clientIdentities, matchesDomain, parseSubjectAltName } from '../src/index.ts'

const MAX_MILLISECONDS_PER_INPUT = 250
const MAX_GROWTH_BYTES = 100_000_000

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '10' }, seed: { type: 'string' } } })
const seed = Number(values.seed ?? Date.now() % 2 ** 31)
let state = seed >>> 0 || 1

/** Marsaglia's xorshift: the same numbers for the same seed. */
function random(below: number): number {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return (state >>> 0) % below
}

const PIECES = [
  ...[
    'DNS:',
    'othername:',
    'XmppAddr:',
    'SRVName:',
    'IP Address:',
    'URI:',
    ', ',
    ',',
    '"',
    '\\"',
    '\\u002c',
    '\\',
    ':',
  ],
  ...['example.org', '*.', '*', '_xmpp-client.', 'juliet@', '::1', '2001:db8::', '192.0.2.1', '.', 'Ã¼', 'ü', '日本'],
  ...['xn--bcher-kva', '\u0000', '\ud800', ' ', '\n', 'a'.repeat(300)],
]
const text = (pieces: number) => Array.from({ length: pieces }, () => PIECES[random(PIECES.length)]).join('')

function check(holds: boolean, claim: string): void {
  if (!holds) throw new Error(claim)
}

function tryInput(printed: string, domain: string): void {
  const names = parseSubjectAltName(printed)
  matchesDomain(names, domain)
  clientIdentities(names, domain)
  // An entry that Node quotes, whatever it contains, never names a domain of its inside (CVE-2021-44532).
  const quoted = `URI:${JSON.stringify(`x, DNS:victim.example, ${printed}`)}`
  check(!matchesDomain(parseSubjectAltName(quoted), 'victim.example'), 'a quoted entry stays one entry')
  check(matchesDomain(parseSubjectAltName(`${quoted}, DNS:own.example`), 'own.example'), 'what follows it is read')
}

function fail(input: unknown, reason: unknown): never {
  console.error(`seed ${seed}\ninput ${JSON.stringify(input)}\n`, reason)
  process.exit(1)
}

function runInput(): void {
  const input = [text(random(20)), text(random(5))] as const
  const start = process.cpuUsage()
  try {
    tryInput(...input)
  } catch (error) {
    fail(input, error)
  }
  const milliseconds = process.cpuUsage(start).user / 1000
  if (milliseconds > MAX_MILLISECONDS_PER_INPUT) fail(input, `took ${milliseconds} ms`)
}

const end = performance.now() + Number(values.seconds) * 1000
let inputs = 0
let heapAfterWarmUp = 0
while (performance.now() < end) {
  for (let count = 0; count < 1000; count++, inputs++) runInput()
  heapAfterWarmUp ||= process.memoryUsage().heapUsed
}
const growth = process.memoryUsage().heapUsed - heapAfterWarmUp
if (growth > MAX_GROWTH_BYTES) fail('', `the heap grew by ${growth} bytes`)
console.log(`${inputs} inputs with seed ${seed}`)
