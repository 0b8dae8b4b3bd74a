/**
 * Feeds damaged messages to both server parsers (elements and SASL messages) and to the client.
 * `node --conditions=@parlour/source packages/sasl/fuzz/sasl.fuzz.ts --seconds 10 [--seed N]`
 * Fails, printing the input, on a throw, on an answer that takes long, on a success that nobody has earned, or on growth.
 */
import {
  createInitiatorExchange,
  createReceiverExchange,
  createSaslClient,
  createSaslServer,
  MECHANISM_NAMES,
  SASL_NAMESPACE,
} from '@parlour/sasl'
import { fuzzing } from '@parlour/testing'
import { el } from '@parlour/xml'
import { clientOptions, serverOptions } from '../test/accounts.ts'

const { pick, random, run } = fuzzing()

const SEEDS = [
  'n,,n=juliet,r=abc',
  'y,a=juliet=40example.org,n=juliet,r=abc,x=y',
  'p=tls-exporter,,n=juliet,r=abc',
  'c=biws,r=abc,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=',
  'r=abcdef,s=QSXCR+Q6sek8bf92,i=4096',
  'v=rmF9pqV8S7suAoZWja4dJRkFsKQ=',
  'e=other-error',
  '\0juliet\0wrong',
  'romeo@example.org',
  '',
]
const FRAGMENTS = [
  '=2C',
  '=3D',
  '=',
  ',',
  ',m=x',
  ',,',
  '\0',
  'n,,',
  'p=',
  'r=',
  'é',
  '\u{1f600}',
  'A'.repeat(999),
  ',x=y'.repeat(200),
]

function damage(): Uint8Array {
  const bytes = [...Buffer.from(pick(SEEDS))]
  for (let changes = random(6); changes > 0; changes--) {
    const at = random(bytes.length + 1)
    if (random(3) === 0) bytes.splice(at, random(4))
    else if (random(2) === 0) bytes.splice(at, 0, ...Buffer.from(pick(FRAGMENTS)))
    else bytes.splice(at, 1, random(256))
  }
  return Uint8Array.from(bytes)
}

/** The derivation's cost is bounded by the options, not by the input: the fuzzed client accepts one count only. */
const client = clientOptions({ offered: ['SCRAM-SHA-256'], offeredChannelBindings: undefined, maximumIterations: 4096 })
const server = serverOptions({
  mechanisms: MECHANISM_NAMES.filter((name) => name !== 'ANONYMOUS'),
  externalIdentities: ['romeo@example.net'],
})

const unearned = (outcome: unknown): boolean => {
  const { type, success, identity } = outcome as { type: string; success?: { identity: string }; identity?: string }
  return type === 'success' && (success?.identity ?? identity) !== 'romeo@example.net'
}

const elementText = (): string =>
  random(4) === 0
    ? Buffer.from(damage())
        .toString('latin1')
        .replace(/[^\x20-\x7e]/g, '?')
    : Buffer.from(damage()).toString('base64')

const TARGETS: Record<string, (inputs: unknown[]) => unknown> = {
  messages(inputs) {
    const machine = createSaslServer(server)
    const mechanism = pick(machine.mechanisms)
    const first = damage()
    const second = damage()
    inputs.push(mechanism, first, second)
    const outcome = machine.start(mechanism, first)
    if (unearned(outcome)) return outcome
    return machine.respond(second)
  },
  elements(inputs) {
    const exchange = createReceiverExchange(createSaslServer(server))
    let outcome: unknown
    for (let count = 1 + random(8); count > 0; count--) {
      const name = pick(['auth', 'response', 'abort', 'success', 'challenge', 'text'])
      const element = el(name, SASL_NAMESPACE, { mechanism: pick([...MECHANISM_NAMES, 'X', undefined]) }, elementText())
      inputs.push(String(element))
      outcome = exchange.receive(element)
      if (unearned(outcome)) return outcome
    }
    return outcome
  },
  client(inputs) {
    const machine = createSaslClient(client)
    const first = damage()
    const last = damage()
    inputs.push(first, last)
    machine.challenge(first)
    return machine.success(last)
  },
  clientElements(inputs) {
    const exchange = createInitiatorExchange(client)
    let outcome: unknown
    for (let count = 1 + random(4); count > 0; count--) {
      const element = el(pick(['challenge', 'success', 'failure', 'auth']), SASL_NAMESPACE, {}, elementText())
      inputs.push(String(element))
      outcome = exchange.receive(element)
      if (unearned(outcome)) return outcome
    }
    return outcome
  },
}

interface Input {
  readonly target: string
  readonly messages: unknown[]
}

function attempt({ target, messages }: Input): void {
  const outcome = TARGETS[target]?.(messages)
  if (outcome instanceof Promise) throw new Error('a promise where nothing waits')
  if (unearned(outcome)) throw new Error('a success that nobody has earned')
}

const count = await run<Input>({ make: () => ({ target: pick(Object.keys(TARGETS)), messages: [] }), attempt })
console.log(`${count} exchanges`)
