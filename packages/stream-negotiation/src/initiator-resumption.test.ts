import { parseJid } from '@parlour/jid'
import { SASL_NAMESPACE } from '@parlour/sasl'
import { failed, resumed, SM_FEATURE } from '@parlour/stream-management'
import { type Element, el } from '@parlour/xml'
import { STREAM_NAMESPACE } from '@parlour/xml-stream'
import { expect, test } from 'vitest'
import { type InitiatorPolicy, type InitiatorStep, startInitiator, stepInitiator } from './index.ts'
import { BIND_NAMESPACE } from './namespaces.ts'

const JID = parseJid('juliet@im.example.com/balcony')
const POLICY: InitiatorPolicy = {
  domain: 'im.example.com',
  account: JID.bare,
  lang: undefined,
  tls: 'required',
  resource: undefined,
  negotiationTimeout: 30_000,
  resume: { previd: 'old', h: 7, jid: JID },
}
const environment = { now: () => 0, setTimer: () => () => {}, randomBytes: (n: number) => new Uint8Array(n) }
const header = { namespace: 'jabber:client', from: 'im.example.com', id: 's', version: '1.0' }
const BIND = el('bind', BIND_NAMESPACE)
const PASSWORDS = el('mechanisms', SASL_NAMESPACE, {}, el('mechanism', SASL_NAMESPACE, {}, 'PLAIN'))

/** As far as the features after authentication. */
function authenticated(policy: Partial<InitiatorPolicy>, ...features: Element[]): InitiatorStep {
  let step = startInitiator({ ...POLICY, ...policy }, true)
  const give = (input: Parameters<typeof stepInitiator>[1]) => {
    step = stepInitiator(step.state, input, environment)
  }
  give({ type: 'header', header })
  give({ type: 'element', element: el('features', STREAM_NAMESPACE, {}, PASSWORDS) })
  give({ type: 'sasl-success' })
  give({ type: 'header', header })
  give({ type: 'element', element: el('features', STREAM_NAMESPACE, {}, ...features) })
  return step
}

const answered = ({ state }: InitiatorStep, element: Element) =>
  stepInitiator(state, { type: 'element', element }, environment)
const sent = ({ outputs }: InitiatorStep) => outputs.find((output) => output.type === 'send')?.element.toString()
const established = ({ outputs }: InitiatorStep) => outputs.find((output) => output.type === 'established')
const boundTo = (step: InitiatorStep, jid: string) => {
  const id = step.outputs.find((output) => output.type === 'send')?.element.attribute('id')
  const bind = el('bind', BIND_NAMESPACE, {}, el('jid', BIND_NAMESPACE, {}, jid))
  return answered(step, el('iq', 'jabber:client', { type: 'result', id }, bind))
}

test('XEP-0198 §5: a session is resumed after authentication, instead of binding a resource', () => {
  const step = authenticated({}, BIND, SM_FEATURE)
  expect(sent(step)).toBe("<resume xmlns='urn:xmpp:sm:3' h='7' previd='old'/>")
  expect(established(answered(step, resumed({ previd: 'old', h: 9 })))).toMatchObject({
    jid: JID,
    resumption: { type: 'resumed', h: 9 },
  })
})

test('XEP-0198 §5: after a failure a resource is bound on the same stream; the h of <failed/> is told', () => {
  const refused = answered(authenticated({}, BIND, SM_FEATURE), failed({ condition: 'item-not-found', h: 8 }))
  expect(sent(refused)).toContain(BIND_NAMESPACE)
  const step = boundTo(refused, 'juliet@im.example.com/new')
  expect(established(step)).toMatchObject({
    jid: { resource: 'new' },
    resumption: { type: 'failed', failure: { condition: 'item-not-found', h: 8 } },
  })
})

test.each([
  ['another session', resumed({ previd: 'another', h: 9 })],
  ['no answer of stream management', BIND],
])('XEP-0198 §5: %s is no answer', (_, element) => {
  const { state } = answered(authenticated({}, BIND, SM_FEATURE), element)
  expect(state).toMatchObject({ name: 'failed', error: { code: 'unexpected-element' } })
})

test('XEP-0198 §2: a server without the feature is not asked, nor one that offers it when nothing is to be resumed', () => {
  for (const step of [authenticated({}, BIND), authenticated({ resume: undefined }, BIND, SM_FEATURE)]) {
    expect(sent(step)).toContain(BIND_NAMESPACE)
    expect(established(boundTo(step, 'juliet@im.example.com/new'))?.resumption).toBeUndefined()
  }
})
