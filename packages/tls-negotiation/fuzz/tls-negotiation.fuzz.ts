/**
 * Feeds parseSubjectAltName and matchesDomain with random text: `node --conditions=@parlour/source
 * packages/tls-negotiation/fuzz/tls-negotiation.fuzz.ts --seconds 10 [--seed N]`. Exits 1 with the input when one
 * throws, an entry is made of the inside of a JSON string, one input takes too long, or memory grows.
 */
import { fuzzing } from '@parlour/testing'
import { clientIdentities, matchesDomain, parseSubjectAltName } from '../src/index.ts'

const { pick, random, run } = fuzzing()

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
const text = (pieces: number) => Array.from({ length: pieces }, () => pick(PIECES)).join('')

function check(holds: boolean, claim: string): void {
  if (!holds) throw new Error(claim)
}

function tryInput([printed, domain]: readonly [string, string]): void {
  const names = parseSubjectAltName(printed)
  matchesDomain(names, domain)
  clientIdentities(names, domain)
  // An entry that Node quotes, whatever it contains, never names a domain of its inside (CVE-2021-44532).
  const quoted = `URI:${JSON.stringify(`x, DNS:victim.example, ${printed}`)}`
  check(!matchesDomain(parseSubjectAltName(quoted), 'victim.example'), 'a quoted entry stays one entry')
  check(matchesDomain(parseSubjectAltName(`${quoted}, DNS:own.example`), 'own.example'), 'what follows it is read')
}

console.log(`${await run({ make: () => [text(random(20)), text(random(5))] as const, attempt: tryInput })} names`)
