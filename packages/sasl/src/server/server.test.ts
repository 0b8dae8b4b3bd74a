import { describe, expect, test } from 'vitest'
import { CHANNEL_BINDINGS, countingBytes, PASSWORD, serverOptions } from '../../test/accounts.ts'
import { nodeCrypto } from '../../test/node-crypto.ts'
import { decodeText, encodeText } from '../bytes.ts'
import type { HashName, SaslCrypto } from '../crypto.ts'
import { type ChannelBindings, type ChannelBindingType, MECHANISM_NAMES } from '../mechanism.ts'
import type { SaslServerOptions } from './options.ts'
import type { SaslOutcome } from './outcome.ts'
import { createSaslServer } from './server.ts'

const offer = (changes: Partial<SaslServerOptions>) => createSaslServer(serverOptions(changes)).mechanisms
const begin = (mechanism: string, message: string, changes: Partial<SaslServerOptions> = {}) =>
  createSaslServer(serverOptions(changes)).start(mechanism, encodeText(message)) as SaslOutcome

describe('mechanism offers', () => {
  test('RFC 6120 §6.3.4: EXTERNAL first; §6.3.3: the others by strength', () => {
    expect(offer({})).toEqual(MECHANISM_NAMES)
  })

  test('RFC 6120 §6.3.4: EXTERNAL only with an acceptable certificate', () => {
    expect(offer({ externalIdentities: [] })).not.toContain('EXTERNAL')
  })

  test('PLAIN never without TLS, and asking for it is encryption-required (RFC 6120 §6.5.4)', () => {
    expect(offer({ tls: false })).not.toContain('PLAIN')
    expect(begin('PLAIN', '\0juliet\0x', { tls: false })).toMatchObject({ condition: 'encryption-required' })
  })

  test('-PLUS only with channel bindings (RFC 5802 §6)', () => {
    expect(offer({ channelBindings: new Map() }).filter((name) => name.endsWith('-PLUS'))).toEqual([])
  })

  test('neither SCRAM nor PLAIN without credentials', () => {
    const { credentials: _, ...rest } = serverOptions()
    expect(createSaslServer(rest).mechanisms).toEqual(['EXTERNAL', 'ANONYMOUS'])
  })

  test('only what policy allows', () => {
    expect(offer({ mechanisms: ['SCRAM-SHA-1', 'PLAIN', 'SCRAM-SHA-256'] })).toEqual([
      'SCRAM-SHA-256',
      'SCRAM-SHA-1',
      'PLAIN',
    ])
  })

  test.each([undefined, '', 'CRAM-MD5', 'scram-sha-1', 'SCRAM-SHA-1-PLUS', 'constructor'])(
    'RFC 6120 §6.5.7: %s is invalid-mechanism when not offered',
    (mechanism) => {
      const server = createSaslServer(serverOptions({ channelBindings: new Map() }))
      expect(server.start(mechanism, undefined)).toMatchObject({ condition: 'invalid-mechanism' })
    },
  )
})

describe('exchanges', () => {
  test('RFC 6120 §6.3.10: without an initial response an empty challenge asks for it', () => {
    const server = createSaslServer(serverOptions())
    expect(server.start('PLAIN', undefined)).toEqual({ type: 'challenge', data: new Uint8Array(0) })
    expect(server.respond(encodeText(`\0juliet\0${PASSWORD}`))).toMatchObject({ type: 'success', username: 'juliet' })
  })

  test('a response that nobody waits for is malformed-request', () => {
    const server = createSaslServer(serverOptions())
    expect(server.respond(new Uint8Array(0))).toMatchObject({ condition: 'malformed-request' })
    server.start('PLAIN', encodeText('\0juliet\0wrong'))
    expect(server.respond(encodeText(`\0juliet\0${PASSWORD}`))).toMatchObject({ condition: 'malformed-request' })
  })

  test('an exchange that a new one has overtaken changes nothing', async () => {
    let answer: (value: undefined) => void = () => {}
    const waiting = new Promise<undefined>((resolve) => {
      answer = resolve
    })
    const server = createSaslServer(serverOptions({ credentials: { lookUp: () => waiting } }))
    const first = server.start('SCRAM-SHA-1', encodeText('n,,n=juliet,r=abc'))
    server.start('ANONYMOUS', undefined)
    answer(undefined)
    await first
    expect(server.respond(encodeText('trace'))).toMatchObject({ type: 'success', mechanism: 'ANONYMOUS' })
  })
})

test('a secret that could be guessed is a RangeError', () => {
  expect(() => createSaslServer(serverOptions({ secret: new Uint8Array(15) }))).toThrow(RangeError)
})

test.each(['PLAIN', 'SCRAM-SHA-256'])('%s: an answer is a promise when the look-up is one', async (mechanism) => {
  const { credentials } = serverOptions()
  const lookUp = async (username: string, hash: HashName) => credentials?.lookUp(username, hash)
  const message = mechanism === 'PLAIN' ? `\0juliet\0${PASSWORD}` : 'n,,n=juliet,r=abc'
  const outcome = createSaslServer(serverOptions({ credentials: { lookUp } })).start(mechanism, encodeText(message))
  expect(outcome).toBeInstanceOf(Promise)
  expect(await outcome).toMatchObject({ type: mechanism === 'PLAIN' ? 'success' : 'challenge' })
})

test('channel-binding data are asked for only when a client binds, and only those of its type', () => {
  const asked: string[] = []
  const channelBindings = {
    size: 2,
    get(type: ChannelBindingType) {
      asked.push(type)
      return (CHANNEL_BINDINGS as ChannelBindings).get(type)
    },
  }
  begin('SCRAM-SHA-1', 'n,,n=juliet,r=abc', { channelBindings })
  expect(asked).toEqual([])
  begin('SCRAM-SHA-1-PLUS', 'p=tls-exporter,,n=juliet,r=abc', { channelBindings })
  expect(asked).toEqual(['tls-exporter'])
})

describe('PLAIN (RFC 4616 §2)', () => {
  test('the name is prepared like a localpart', () => {
    expect(begin('PLAIN', `\0JULIET\0${PASSWORD}`)).toMatchObject({
      username: 'juliet',
      identity: 'juliet@example.org',
    })
  })

  test.each(['', 'juliet', '\0juliet', '\0juliet\0', '\0\0password', '\0juliet\0pass\0word', 'a\0b\0c\0d'])(
    '%j is malformed-request',
    (message) => {
      expect(begin('PLAIN', message)).toMatchObject({ condition: 'malformed-request' })
    },
  )

  test('octets that are not UTF-8 are malformed-request', () => {
    const message = Uint8Array.of(0, 0x6a, 0, 0xff)
    expect(createSaslServer(serverOptions()).start('PLAIN', message)).toMatchObject({ condition: 'malformed-request' })
  })

  test('names and passwords that nobody can have are just wrong', () => {
    expect(begin('PLAIN', `\0ju liet\0${PASSWORD}`)).toMatchObject({ condition: 'not-authorized' })
    expect(begin('PLAIN', '\0juliet\0\t')).toMatchObject({ condition: 'not-authorized' })
  })
})

describe('EXTERNAL (RFC 4422 Appendix A, XEP-0178)', () => {
  const two = { externalIdentities: ['juliet@example.org', 'nurse@example.org'] }
  test('an empty message means the only identity', () => {
    expect(begin('EXTERNAL', '')).toEqual({
      type: 'success',
      mechanism: 'EXTERNAL',
      identity: 'juliet@example.org',
      username: 'juliet@example.org',
    })
  })

  test('with several identities one must be named', () => {
    expect(begin('EXTERNAL', '', two)).toMatchObject({ condition: 'invalid-authzid' })
    expect(begin('EXTERNAL', 'Nurse@example.org', two)).toMatchObject({ identity: 'nurse@example.org' })
  })

  test('another identity is invalid-authzid', () => {
    expect(begin('EXTERNAL', 'romeo@example.org')).toMatchObject({ condition: 'invalid-authzid' })
  })

  test('between servers the identity is a domain (RFC 6120 §6.3.8)', () => {
    const server = { externalIdentities: ['montague.example'] }
    expect(begin('EXTERNAL', '', server)).toMatchObject({ identity: 'montague.example' })
    expect(begin('EXTERNAL', 'montague.example', server)).toMatchObject({ identity: 'montague.example' })
    expect(begin('EXTERNAL', 'capulet.example', server)).toMatchObject({ condition: 'invalid-authzid' })
  })
})

describe('ANONYMOUS (RFC 4505, XEP-0175)', () => {
  test('each gets a random name', () => {
    const server = createSaslServer(serverOptions())
    const names = [1, 2].map(() => server.start('ANONYMOUS', new Uint8Array(0)) as { username?: string })
    expect(names[0]?.username).toMatch(/^[0-9a-f]{32}$/)
    expect(names[0]?.username).not.toBe(names[1]?.username)
  })

  test('RFC 6120 §6.5.8: more than 255 characters of trace information are malformed-request', () => {
    expect(begin('ANONYMOUS', 'é'.repeat(255))).toMatchObject({ type: 'success' })
    expect(begin('ANONYMOUS', 'é'.repeat(256))).toMatchObject({ condition: 'malformed-request' })
  })
})

describe('SCRAM (RFC 5802 §5, §6)', () => {
  test.each([
    ['SCRAM-SHA-1', 'p=tls-exporter,,n=juliet,r=abc', 'malformed-request'],
    ['SCRAM-SHA-1-PLUS', 'n,,n=juliet,r=abc', 'malformed-request'],
    ['SCRAM-SHA-1-PLUS', 'y,,n=juliet,r=abc', 'malformed-request'],
    ['SCRAM-SHA-1', 'y,,n=juliet,r=abc', 'not-authorized'],
    ['SCRAM-SHA-1-PLUS', 'p=tls-unique,,n=juliet,r=abc', 'not-authorized'],
    ['SCRAM-SHA-1-PLUS', 'p=constructor,,n=juliet,r=abc', 'not-authorized'],
    ['SCRAM-SHA-1', 'n,,m=x,n=juliet,r=abc', 'malformed-request'],
    ['SCRAM-SHA-1', 'n,,n=jul=iet,r=abc', 'malformed-request'],
  ])('%s %j is %s', (mechanism, message, condition) => {
    expect(begin(mechanism, message)).toMatchObject({ type: 'failure', condition })
  })

  test('`y` is right where no -PLUS mechanism is offered', () => {
    const changes = { mechanisms: ['SCRAM-SHA-1'] } as const
    expect(begin('SCRAM-SHA-1', 'y,,n=juliet,r=abc', changes)).toMatchObject({ type: 'challenge' })
  })

  const serverFirst = 'r=abc'
  test.each([
    ['a changed nonce', (nonce: string) => `c=biws,r=${nonce.slice(0, -1)}?,p=${'A'.repeat(27)}=`, 'not-authorized'],
    ['a short nonce', () => `c=biws,${serverFirst},p=${'A'.repeat(27)}=`, 'not-authorized'],
    ['a wrong c=', (nonce: string) => `c=eSws,r=${nonce},p=${'A'.repeat(27)}=`, 'not-authorized'],
    ['a short proof', (nonce: string) => `c=biws,r=${nonce},p=AQID`, 'malformed-request'],
    ['a mandatory extension', (nonce: string) => `c=biws,r=${nonce},m=x,p=AQID`, 'malformed-request'],
    ['no base 64', (nonce: string) => `c=biws,r=${nonce},p=***`, 'malformed-request'],
  ])('client-final-message with %s is refused', (_what, write, condition) => {
    const server = createSaslServer(serverOptions())
    const challenge = server.start('SCRAM-SHA-1', encodeText('n,,n=juliet,r=abc')) as { data: Uint8Array }
    const nonce = /^r=([^,]+)/.exec(decodeText(challenge.data) as string)?.[1] as string
    expect(server.respond(encodeText(write(nonce)))).toMatchObject({ condition })
  })

  test('credentials of another hash are no credentials', () => {
    const { credentials } = serverOptions()
    const wrongHash = { lookUp: (name: string) => credentials?.lookUp(name, 'SHA-256') }
    const server = createSaslServer(serverOptions({ credentials: wrongHash }))
    expect(server.start('SCRAM-SHA-1', encodeText('n,,n=juliet,r=abc'))).toMatchObject({ type: 'challenge' })
  })
})

describe('an unknown user (RFC 6120 §13.11)', () => {
  const challengeFor = (username: string, changes: Partial<SaslServerOptions> = {}) => {
    const outcome = begin('SCRAM-SHA-1', `n,,n=${username},r=abc`, { randomBytes: countingBytes(5), ...changes })
    return outcome.type === 'challenge' ? (decodeText(outcome.data) as string) : outcome.type
  }

  test('has a salt of the usual length, always the same, and its own', () => {
    expect(challengeFor('rosaline')).toMatch(/^r=abc.{24},s=[A-Za-z0-9+/]{22}==,i=4096$/)
    expect(challengeFor('rosaline')).toBe(challengeFor('rosaline'))
    expect(challengeFor('Rosaline')).toBe(challengeFor('rosaline'))
    expect(challengeFor('rosaline')).not.toBe(challengeFor('rosalind'))
    expect(challengeFor('rosaline')).not.toBe(challengeFor('rosaline', { secret: new Uint8Array(32) }))
  })

  test('has the iteration count of new accounts', () => {
    expect(challengeFor('rosaline', { iterations: 10_000 })).toContain(',i=10000')
  })

  /** What the cryptography port is asked for, in order, with the sizes that decide what it costs. */
  function costs(use: (crypto: SaslCrypto) => unknown): string[] {
    const calls: string[] = []
    use({
      digest: (hash, message) => {
        calls.push(`digest ${hash} ${message.length}`)
        return nodeCrypto.digest(hash, message)
      },
      hmac: (hash, key, message) => {
        calls.push(`hmac ${hash} ${key.length} ${message.length}`)
        return nodeCrypto.hmac(hash, key, message)
      },
      pbkdf2: (hash, password, salt, iterations) => {
        calls.push(`pbkdf2 ${hash} ${password.length} ${salt.length} ${iterations}`)
        return nodeCrypto.pbkdf2(hash, password, salt, iterations)
      },
    })
    return calls
  }

  test('costs what a wrong password costs: PLAIN', () => {
    const plain = (username: string) => costs((crypto) => begin('PLAIN', `\0${username}\0wrong password`, { crypto }))
    expect(plain('rosali')).toEqual(plain('juliet'))
    expect(plain('juliet').filter((call) => call.startsWith('pbkdf2'))).toHaveLength(1)
  })

  test('costs what a wrong password costs: SCRAM', () => {
    const scram = (username: string) =>
      costs((crypto) => {
        const server = createSaslServer(serverOptions({ crypto, randomBytes: countingBytes(5) }))
        const challenge = server.start('SCRAM-SHA-1', encodeText(`n,,n=${username},r=abc`)) as { data: Uint8Array }
        const nonce = /^r=([^,]+)/.exec(decodeText(challenge.data) as string)?.[1]
        server.respond(encodeText(`c=biws,r=${nonce},p=${'A'.repeat(27)}=`))
      })
    expect(scram('rosali')).toEqual(scram('juliet'))
  })

  test('cannot be signed in to by a proof for the imitated key', () => {
    const zeros = new Uint8Array(20)
    const crypto: SaslCrypto = { ...nodeCrypto, digest: () => zeros }
    const server = createSaslServer(serverOptions({ crypto }))
    const challenge = server.start('SCRAM-SHA-1', encodeText('n,,n=rosaline,r=abc')) as { data: Uint8Array }
    const nonce = /^r=([^,]+)/.exec(decodeText(challenge.data) as string)?.[1]
    const final = encodeText(`c=biws,r=${nonce},p=${'A'.repeat(27)}=`)
    expect(server.respond(final)).toMatchObject({ condition: 'not-authorized' })
  })
})
