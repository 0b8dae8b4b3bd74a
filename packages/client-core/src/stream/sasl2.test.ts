import { createHmac } from 'node:crypto'
import { parseJid } from '@parlour/jid'
import {
  authenticationElement,
  failure2Element,
  readAuthenticationRequest,
  readUserAgent,
  type SaslCondition,
  success2Element,
} from '@parlour/sasl'
import { FAST_NAMESPACE } from '@parlour/stream-negotiation'
import { type Element, el, serialize } from '@parlour/xml'
import { expect, test } from 'vitest'
import { BIND, failure, features, MECHANISMS, open, STARTTLS, settle } from './client-stream.fixture.ts'
import { createMemoryTokenStore, type OpenClientStreamOptions, type TokenStore } from './index.ts'

const JID = parseJid('juliet@im.example.com')
const FULL = 'juliet@im.example.com/parlour/1'
const BIND2 = 'urn:xmpp:bind:0'
const SM = 'urn:xmpp:sm:3'
const HT = 'HT-SHA-256-NONE'
const userAgent = { id: 'd4565fa7-4d72-4749-b3d3-740edbf87770', software: 'Parlour' }
const token = (secret: string) => el('token', FAST_NAMESPACE, { token: secret, expiry: '1970-01-02T00:00:00Z' })
const TOKEN = { token: 'secret-1', expiry: 86_400_000, mechanism: HT } as const
const BOUND = el('bound', BIND2, {}, el('enabled', SM, { id: 'new', resume: 'true' }))
const refusal = (condition: SaslCondition) => serialize(failure2Element(condition))

/** What the server offers, and the requests it was sent. */
class Sasl2Server {
  readonly requests: Element[] = []
  /** By mechanism, what comes with success, or all that is answered. */
  readonly answers: Record<string, readonly Element[] | string> = { PLAIN: [BOUND, token('secret-1')], [HT]: [BOUND] }
  key = 'secret-1'
  mechanisms = ['PLAIN']
  authorized = FULL
  /** Behind success. */
  behind = features("<sm xmlns='urn:xmpp:sm:3'/>")

  get features(): string {
    const inline = el('inline', BIND2, {}, el('feature', BIND2, { var: SM }), el('feature', BIND2, { var: 'urn:x' }))
    const fast = el('fast', FAST_NAMESPACE, {}, el('mechanism', FAST_NAMESPACE, {}, HT))
    const offer = { mechanisms: this.mechanisms, inline: [el('bind', BIND2, {}, inline), el('sm', SM), fast] }
    return features(serialize(authenticationElement({ ...offer, upgrades: [] })) + MECHANISMS)
  }

  answer(element: Element): string {
    this.requests.push(element)
    const request = readAuthenticationRequest(element)
    if (typeof request === 'string') throw new Error(request)
    const results = this.answers[request.mechanism]
    if (typeof results === 'string') return results
    const proof = createHmac('sha256', this.key).update('Responder').digest()
    const additionalData = request.mechanism === HT ? proof : undefined
    const success = success2Element({
      additionalData,
      authorizationIdentifier: this.authorized,
      results: results ?? [],
    })
    return serialize(success) + this.behind
  }
}

function begin(prepare: (server: Sasl2Server) => void, options: Partial<OpenClientStreamOptions> = {}) {
  const sasl2 = new Sasl2Server()
  prepare(sasl2)
  const attempt = open(
    undefined,
    (server) => {
      server.features = [features(STARTTLS), sasl2.features, features(BIND)]
      server.sasl2 = (element) => sasl2.answer(element)
    },
    {
      ...{ jid: JID, userAgent, resourceTag: 'parlour', session: { enable: { resume: true } } },
      credentials: { password: 'r0m30myr0m30' },
      ...options,
    },
  )
  return { ...attempt, sasl2 }
}

/** A store that holds a token, and tells what happens to it. */
async function storeWith(kept = TOKEN): Promise<TokenStore & { readonly log: string[] }> {
  const store = createMemoryTokenStore()
  await store.put(JID, kept)
  const log: string[] = []
  return {
    log,
    get: (account) => store.get(account),
    put: (account, { token: secret }) => {
      log.push(`put ${secret}`)
      return store.put(account, TOKEN)
    },
    delete: (account) => {
      log.push('delete')
      return store.delete(account)
    },
  }
}

test('XEP-0388, XEP-0386: from TLS to ready in one exchange; a token is asked for and kept', async () => {
  const tokens = createMemoryTokenStore()
  const inline = [{ feature: 'urn:x', element: el('enable', 'urn:x') }]
  const { opened, server, sasl2 } = begin(() => {}, { tokens, session: { enable: { resume: true }, inline } })
  const { agreement } = await opened
  expect(server.heard.filter((each) => !each.startsWith('header'))).toEqual(['starttls', 'authenticate'])
  expect(server.heard.filter((each) => each.startsWith('header')).length).toBe(2)
  expect(agreement).toMatchObject({ mechanism: 'PLAIN', enabled: { id: 'new', resume: true } })
  expect(agreement.jid.toString()).toBe(FULL)
  expect([...(agreement.inline ?? [])]).toEqual(['urn:x'])
  expect(agreement.features.child('sm', SM)).toBeDefined()
  const [request] = sasl2.requests
  expect(request && readUserAgent(request)).toEqual(userAgent)
  expect(request?.child('request-token', FAST_NAMESPACE)?.attribute('mechanism')).toBe(HT)
  expect(await tokens.get(JID)).toEqual(TOKEN)
})

test('XEP-0484 §3.4, §3.5: a returning device signs in by its token; a new one takes its place', async () => {
  const tokens = await storeWith()
  const { opened, sasl2 } = begin(({ answers }) => Object.assign(answers, { [HT]: [BOUND, token('secret-2')] }), {
    tokens,
  })
  expect((await opened).agreement.mechanism).toBe(HT)
  expect(sasl2.requests.length).toBe(1)
  expect(sasl2.requests[0]?.child('fast', FAST_NAMESPACE)).toBeDefined()
  expect(tokens.log).toEqual(['put secret-2'])
})

test('XEP-0484 §4.1: a token that is refused is forgotten, and the password does, on the same stream', async () => {
  const tokens = await storeWith()
  const { opened, sasl2 } = begin(({ answers }) => Object.assign(answers, { [HT]: refusal('credentials-expired') }), {
    tokens,
  })
  expect((await opened).agreement.mechanism).toBe('PLAIN')
  expect(sasl2.requests.map((each) => each.attribute('mechanism'))).toEqual([HT, 'PLAIN'])
  expect(tokens.log).toEqual(['delete', 'put secret-1'])
})

test('XEP-0484: without a password, a token that is refused is the reason', async () => {
  const tokens = await storeWith()
  const attempt = begin(({ answers }) => Object.assign(answers, { [HT]: refusal('not-authorized') }), {
    tokens,
    credentials: {},
  })
  expect(await failure(attempt)).toMatchObject({
    code: 'authentication-failed',
    cause: { condition: 'not-authorized' },
  })
})

test('XEP-0484 §3.6: "an \'invalidate\' attribute on the <fast/> element"; the token leaves the store', async () => {
  const tokens = await storeWith()
  const { opened, sasl2 } = begin(() => {}, { tokens, credentials: {}, invalidateToken: true })
  await opened
  expect(sasl2.requests[0]?.child('fast', FAST_NAMESPACE)?.attribute('invalidate')).toBe('true')
  expect(tokens.log).toEqual(['delete'])
})

test('a passing failure costs no token', async () => {
  const tokens = await storeWith()
  const attempt = begin(({ answers }) => Object.assign(answers, { [HT]: refusal('temporary-auth-failure') }), {
    tokens,
  })
  expect(await failure(attempt)).toMatchObject({ cause: { condition: 'temporary-auth-failure' } })
  expect(tokens.log).toEqual([])
})

test('a server that does not know the token is not believed', async () => {
  const tokens = await storeWith()
  const attempt = begin((server) => Object.assign(server, { key: 'another' }), { tokens })
  expect(await failure(attempt)).toMatchObject({ cause: { code: 'server-not-authenticated' } })
})

test.each([
  ['expired', { ...TOKEN, expiry: 0 }, userAgent],
  ['for another mechanism', { ...TOKEN, mechanism: 'HT-SHA-512-NONE' as const }, userAgent],
  ['of an installation without an id', TOKEN, {}],
])('XEP-0484 §3.4: a token that is %s is not used', async (_, kept, agent) => {
  const tokens = await storeWith(kept as typeof TOKEN)
  const { opened } = begin(() => {}, { tokens, userAgent: agent })
  expect((await opened).agreement.mechanism).toBe('PLAIN')
})

test('XEP-0198 §9.2: a session goes on with success; what comes right behind is not lost', async () => {
  const session = {
    resume: { previd: 'old', h: 3, jid: parseJid(FULL), location: undefined, features: el('features', 'f') },
  }
  const { opened, sasl2, server } = begin(
    (each) => {
      each.answers.PLAIN = [el('resumed', SM, { previd: 'old', h: '2' })]
      each.behind = "<message id='1'/><message id='2'/>"
    },
    { session },
  )
  const stream = await opened
  expect(stream.agreement).toMatchObject({ resumption: { type: 'resumed', h: 2 }, features: { name: 'features' } })
  expect(stream.jid.toString()).toBe(FULL)
  expect(sasl2.requests[0]?.child('resume', SM)?.attributes).toEqual({ h: '3', previd: 'old' })
  const heard: (string | undefined)[] = []
  stream.onElement((element) => heard.push(element.attribute('id')))
  server.connection.write("<message id='3'/>")
  await settle()
  expect(heard).toEqual(['1', '2', '3'])
})

test('what comes right behind success may be as long as on an established stream', async () => {
  const { opened } = begin((each) => {
    each.behind += ['ä', '語', 'x'].map((text) => `<message><body>${text.repeat(100_000)}</body></message>`).join('')
  })
  const heard: (number | undefined)[] = []
  const stream = await opened
  stream.onElement((element) => heard.push(element.childText('body')?.length))
  expect(heard).toEqual([100_000, 100_000, 100_000])
})

test('RFC 6120 §7.7: a resource that is asked for is bound behind SASL2', async () => {
  const { opened, server, sasl2 } = begin(
    (each) => Object.assign(each, { authorized: JID.toString(), answers: { PLAIN: [] }, behind: features(BIND) }),
    { jid: parseJid('juliet@im.example.com/balcony') },
  )
  expect((await opened).jid.resource).toBe('balcony')
  expect(server.heard.at(-1)).toBe('iq')
  expect(sasl2.requests[0]?.child('bind', BIND2)).toBeUndefined()
})

test('RFC 6120 §6.5.7: a mechanism that the server does not have after all is followed by the next', async () => {
  const { opened, sasl2 } = begin((each) =>
    Object.assign(each, {
      mechanisms: ['SCRAM-SHA-1', 'PLAIN'],
      answers: { 'SCRAM-SHA-1': refusal('invalid-mechanism'), PLAIN: [BOUND] },
    }),
  )
  expect((await opened).agreement.mechanism).toBe('PLAIN')
  expect(sasl2.requests.length).toBe(2)
})

test('XEP-0388 §2.6.2: a refused password is the reason, with the words of the server', async () => {
  const attempt = begin(({ answers }) =>
    Object.assign(answers, { PLAIN: serialize(failure2Element('not-authorized', 'No.')) }),
  )
  expect(await failure(attempt)).toMatchObject({
    code: 'authentication-failed',
    cause: { code: 'failure', condition: 'not-authorized', text: 'No.' },
  })
})

test('sasl2: false: the SASL of RFC 6120', async () => {
  const { opened, server } = begin(() => {}, { sasl2: false, credentials: { password: 'r0m30myr0m30' } })
  expect((await opened).agreement.mechanism).toBe('SCRAM-SHA-1')
  expect(server.heard).toContain('auth')
})

test('XEP-0440 §3, rule 4: mechanisms that bind to the channel without types to bind with end the attempt', async () => {
  const attempt = begin((each) => Object.assign(each, { mechanisms: ['SCRAM-SHA-1-PLUS', 'PLAIN'] }))
  expect(await failure(attempt)).toMatchObject({ cause: { code: 'channel-binding-downgrade' } })
  expect(attempt.sasl2.requests).toEqual([])
})
