import type { SaslOutcome, SaslServer } from '@parlour/sasl'
import { FakeEnvironment } from '@parlour/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import { SignInThrottle, ThrottledAttempts, TooManyAttempts } from './sign-in-throttle.ts'

const ALICE = 'alice@example.org'
let environment: FakeEnvironment
let throttle: SignInThrottle
beforeEach(() => {
  environment = new FakeEnvironment()
  throttle = new SignInThrottle(environment, { failuresPerAddress: 3, failuresPerAccount: 5 })
})

/** Milliseconds until an attempt is looked at. */
async function waitOf(address: string, account: string): Promise<number> {
  const turn = throttle.admit(address, account)
  if (!turn) return 0
  let isAdmitted = false
  void turn.then(() => {
    isAdmitted = true
  })
  for (let waited = 500; waited <= 60_000; waited += 500) {
    environment.advance(500)
    await Promise.resolve()
    if (isAdmitted) return waited
  }
  return Infinity
}

const fail = (times: number, address: string, account: string): void => {
  for (let at = 0; at < times; at++) throttle.failed(address, account)
}

describe('RFC 6120 §13.12: guessing passwords is made slow', () => {
  test('an address waits after its failures, longer each time, never longer than a negotiation lasts', async () => {
    const waits: number[] = []
    for (let at = 0; at < 8; at++) {
      waits.push(await waitOf('192.0.2.1', ALICE))
      throttle.failed('192.0.2.1', ALICE)
    }
    expect(waits).toEqual([0, 0, 0, 1000, 2000, 4000, 8000, 8000])
    expect(await waitOf('192.0.2.2', 'bob@example.org')).toBe(0)
  })

  test('ten quiet minutes, and all is forgotten', async () => {
    fail(5, '192.0.2.1', ALICE)
    environment.advance(10 * 60_000)
    expect(await waitOf('192.0.2.1', ALICE)).toBe(0)
  })

  test('addresses of one IPv6 /64 are one, those of another are not', async () => {
    for (const host of ['1', '2', '3:4:5:6']) throttle.failed(`2001:db8:0:1::${host}`, ALICE)
    expect(await waitOf('2001:db8:0:1:ffff::', ALICE)).toBe(1000)
    expect(await waitOf('2001:db8:0:2::1', ALICE)).toBe(0)
  })

  test('many addresses that try one account wait too', async () => {
    for (let at = 0; at < 5; at++) throttle.failed(`192.0.2.${at}`, ALICE)
    expect(await waitOf('198.51.100.1', ALICE)).toBe(1000)
    expect(await waitOf('198.51.100.1', 'bob@example.org')).toBe(0)
  })

  test('nobody is locked out: where an account has signed in, it never waits, whatever others do', async () => {
    throttle.succeeded('192.0.2.1', ALICE)
    for (let at = 0; at < 50; at++) throttle.failed(`198.51.100.${at}`, ALICE)
    fail(50, '192.0.2.1', 'bob@example.org')
    expect(await waitOf('192.0.2.1', ALICE)).toBe(0)
    expect(await waitOf('192.0.2.1', 'bob@example.org')).toBe(8000)
  })

  test('four attempts of an address may wait; a fifth is refused, until one of them has had its turn', async () => {
    fail(3, '192.0.2.1', ALICE)
    for (let at = 0; at < 4; at++) throttle.admit('192.0.2.1', ALICE)
    expect(() => throttle.admit('192.0.2.1', ALICE)).toThrow(TooManyAttempts)
    environment.advance(1000)
    expect(throttle.admit('192.0.2.1', ALICE)).toBeInstanceOf(Promise)
  })
})

describe('ThrottledAttempts', () => {
  /** A server that looks the account up and then answers with the outcome. */
  function attempt(outcome: SaslOutcome, told: SaslOutcome[] = []): SaslServer {
    const attempts = new ThrottledAttempts(throttle, '192.0.2.1', (each) => told.push(each))
    const answer = () => {
      const found = attempts.lookUp(ALICE, () => outcome)
      return found
    }
    const server: SaslServer = { mechanisms: ['PLAIN'], start: answer, respond: answer, abort: () => {} }
    return attempts.watch(server.mechanisms, () => server)
  }
  const wrong: SaslOutcome = { type: 'failure', condition: 'not-authorized', reason: 'invalid-proof' }

  test('failures count, and the next one waits', async () => {
    const told: SaslOutcome[] = []
    for (let at = 0; at < 3; at++) expect(attempt(wrong, told).start('PLAIN', undefined)).toBe(wrong)
    const slow = attempt(wrong, told).start('PLAIN', undefined)
    expect(slow).toBeInstanceOf(Promise)
    environment.advance(1000)
    expect(await slow).toBe(wrong)
    expect(told).toHaveLength(4)
  })

  test('a challenge and a refusal for another reason do not count', () => {
    const others: SaslOutcome[] = [
      { type: 'challenge', data: new Uint8Array() },
      { type: 'failure', condition: 'temporary-auth-failure' },
    ]
    for (const outcome of [...others, ...others, ...others, ...others])
      expect(attempt(outcome).start('PLAIN', undefined)).toBe(outcome)
  })
})
