/**
 * Feeds readDialback with elements of any names, attributes and content: `node --conditions=@parlour/source
 * packages/dialback/fuzz/dialback.fuzz.ts --seconds 10 [--seed N]`. Exits 1 with the input when it throws, reads what
 * has no domains or exceeds a bound, an answer to it does not find its request, one input takes too long, or memory grows.
 */
import { StanzaError } from '@parlour/stanza'
import { fuzzing } from '@parlour/testing'
import { Element } from '@parlour/xml'
import {
  DIALBACK_NAMESPACE,
  dialbackKey,
  MAX_ID_LENGTH,
  MAX_KEY_LENGTH,
  PendingVerifications,
  readDialback,
  resultAnswer,
  verifyAnswer,
} from '../src/index.ts'

const { pick, random, run } = fuzzing()

const TEXTS = ['', ' ', 'a.example', 'A.Example.', 'a.example b.example', 'juliet@a.example', 'xn--bcher-kva.example']
const ODD = ['[::1]', '192.0.2.1', 'valid', 'invalid', 'error', '417GAF25', '\n', '\u3000', 'ß', '日本']
const text = (): string =>
  random(4) === 0
    ? Array.from({ length: random(6) }, () => pick([...TEXTS, ...ODD])).join('')
    : pick([...TEXTS, ...ODD])
const content = () =>
  pick([() => text(), () => 'k'.repeat(random(3000)), () => new StanzaError('forbidden').toElement('jabber:server')])()

function make(): Element {
  const names = pick([['from', 'to', 'id'], ['from', 'to', 'id', 'type'], ['from', 'to'], ['to', 'type'], []])
  const attributes: Record<string, string> = {}
  for (const name of names) attributes[name] = random(50) === 0 ? 'i'.repeat(random(3000)) : text()
  const children = Array.from({ length: random(3) }, content)
  return new Element(pick(['result', 'verify', 'x']), pick([DIALBACK_NAMESPACE, 'jabber:server']), attributes, children)
}

function check(holds: boolean, claim: string): void {
  if (!holds) throw new Error(claim)
}

async function attempt(element: Element): Promise<void> {
  const read = readDialback(element)
  check((read === undefined) === (element.namespace !== DIALBACK_NAMESPACE), 'read exactly when it is of dialback')
  if (read === undefined || read.kind === 'malformed') return
  check(/^\S+$/.test(read.from) && /^\S+$/.test(read.to), 'domains have no white space')
  if ('id' in read) check(read.id.length > 0 && read.id.length <= MAX_ID_LENGTH, 'the id is bounded')
  if ('outcome' in read) return
  check(read.key.length > 0 && read.key.length <= MAX_KEY_LENGTH, 'the key is bounded')
  const pending = new PendingVerifications<number>({ timers: { setTimer: () => () => {} }, expired: () => {} })
  pending.add(read, 1)
  const isVerify = read.kind === 'verify-request'
  const answer = readDialback(
    isVerify ? verifyAnswer(read, { type: 'valid' }) : resultAnswer(read, { type: 'invalid' }),
  )
  check(answer !== undefined && 'outcome' in answer && pending.take(answer) === 1, 'the answer finds its request')
  if (random(100) === 0) await dialbackKey('secret', { receiving: read.from, originating: read.to, streamId: read.key })
}

const count = await run({ make, attempt, print: (element) => JSON.stringify(element) })
console.log(`${count} inputs`)
