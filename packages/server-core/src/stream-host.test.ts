import { pbkdf2Sync } from 'node:crypto'
import { parseJid } from '@parlour/jid'
import { webCrypto } from '@parlour/sasl'
import { createMemoryStorage } from '@parlour/storage'
import { FaultyStorage } from '@parlour/storage/faults'
import type { Environment } from '@parlour/stream-negotiation'
import { el } from '@parlour/xml'
import type { StreamError } from '@parlour/xml-stream'
import { expect, test } from 'vitest'
import { Accounts } from './accounts.ts'
import { Host } from './host.ts'
import { SignInThrottle } from './sign-in-throttle.ts'
import { HostStreams } from './stream-host.ts'

const environment: Environment = {
  now: () => 0,
  setTimer: () => () => {},
  randomBytes: (length) => new Uint8Array(length).fill(7),
}
const crypto = {
  ...webCrypto,
  pbkdf2: (_: string, password: Uint8Array, salt: Uint8Array) => pbkdf2Sync(password, salt, 1, 32, 'sha256'),
}

async function open() {
  const storage = new FaultyStorage(createMemoryStorage())
  const { now, randomBytes } = environment
  const options = { mechanisms: ['PLAIN'] as const, iterations: 4096, crypto, randomBytes }
  const accounts = new Accounts({ storage, now, ...options })
  const host = new Host(parseJid('example.com'), {
    domain: 'example.com',
    resourceConflict: 'replace',
    maxSessionsPerAccount: 10,
    modules: {},
  })
  const failures: unknown[] = []
  const streams = new HostStreams(host, accounts, {
    ...options,
    secret: new Uint8Array(32),
    throttle: new SignInThrottle(environment),
    failed: (failure) => failures.push(failure),
    bind: () => {
      throw new Error('not reached')
    },
    streamManagement: {
      resume: () => {
        throw new Error('not reached')
      },
    },
  })
  return { storage, host, streams, failures }
}

test('RFC 6120 §6.5.11: a storage that cannot be read is a temporary failure of the sign-in, and of nothing else', async () => {
  const { storage, streams, failures } = await open()
  storage.fail('unavailable', 'read')
  const server = streams.saslServer({ tls: true, security: undefined, remoteAddress: '192.0.2.1', bindings: [] })
  const outcome = await server.start('PLAIN', new TextEncoder().encode('\0juliet\0secret'))
  expect(outcome).toMatchObject({ type: 'failure', condition: 'temporary-auth-failure' })
  expect(failures).toHaveLength(1)
  // What was read for the log alone would reject with nobody to hear it, and end the process.
  expect(storage.calls.read).toBe(1)
})

test('RFC 6120 §4.9.3.12: requests before authentication are taken only where a module takes them', async () => {
  const { host, streams } = await open()
  expect(streams.beforeAuthentication).toBeUndefined()
  host.beforeAuthentication.set('jabber:iq:register', async () => undefined)
  expect(streams.beforeAuthentication).toBeDefined()
})

test('RFC 6120 §4.3.5, §4.9.3.12: a request that no module takes closes the stream, and is not answered', async () => {
  const { host, streams } = await open()
  host.beforeAuthentication.set('jabber:iq:register', async () => undefined)
  const request = (...payloads: string[]) =>
    new Promise<string>((resolve) => {
      const iq = el('iq', 'jabber:client', { type: 'get', id: '1' }, ...payloads.map((namespace) => el('q', namespace)))
      streams.beforeAuthentication?.(iq, {
        ...{ remoteAddress: '192.0.2.1', secure: true, lang: undefined, bufferedBytes: 0 },
        send: resolve,
        close: (error?: StreamError) => resolve(`closed: ${error?.condition}`),
        destroy: () => resolve('destroyed'),
      })
    })
  expect(await request('urn:xmpp:ping')).toBe('closed: not-authorized')
  expect(await request()).toBe('closed: not-authorized')
  expect(await request('jabber:iq:register')).toBe("<iq id='1' type='result'/>")
  expect(await request('jabber:iq:register', 'urn:xmpp:ping')).toContain('<bad-request ')
})
