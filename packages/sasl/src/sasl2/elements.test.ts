import { el, serialize } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { encodeText } from '../bytes.ts'
import {
  abort2Element,
  authenticateElement,
  authenticationElement,
  challenge2Element,
  continueElement,
  failure2Element,
  isSasl2Element,
  nextElement,
  readAuthenticationOffer,
  readAuthenticationRequest,
  readContinue,
  readFailure2,
  readMessage2,
  readSuccess2,
  readUpgradeRequests,
  response2Element,
  SASL2_NAMESPACE,
  success2Element,
  taskDataElement,
  upgradeRequestElement,
} from './index.ts'

const BIND = el('bind', 'urn:xmpp:bind:0')

describe('elements of SASL2', () => {
  test('XEP-0388 §2.1: the feature lists mechanisms, what can be negotiated inline, and upgrades (XEP-0480 §2.1)', () => {
    const offer = { mechanisms: ['SCRAM-SHA-1'], inline: [BIND], upgrades: ['UPGR-SCRAM-SHA-256'] }
    const element = authenticationElement(offer)
    expect(serialize(element)).toBe(
      "<authentication xmlns='urn:xmpp:sasl:2'><mechanism>SCRAM-SHA-1</mechanism><inline><bind xmlns='urn:xmpp:bind:0'/></inline>" +
        "<upgrade xmlns='urn:xmpp:sasl:upgrade:0'>UPGR-SCRAM-SHA-256</upgrade></authentication>",
    )
    expect(readAuthenticationOffer(element)).toEqual(offer)
    expect(readAuthenticationOffer(authenticationElement({ ...offer, inline: [], upgrades: [] })).inline).toEqual([])
  })

  test('XEP-0388 §2.3: a request has a mechanism, a first message, a user agent, and what is to be negotiated', () => {
    const userAgent = { id: 'd4565fa7-4d72-4749-b3d3-740edbf87770', software: 'AwesomeXMPP', device: "Kiva's Phone" }
    const inline = [BIND, upgradeRequestElement('UPGR-SCRAM-SHA-256')]
    const request = { mechanism: 'SCRAM-SHA-1', initialResponse: encodeText('n,,n=user,r=1'), userAgent, inline }
    const read = readAuthenticationRequest(authenticateElement(request))
    expect(read).toEqual(request)
    expect(typeof read === 'object' && readUpgradeRequests(read)).toEqual(['UPGR-SCRAM-SHA-256'])
  })

  test('XEP-0388 §2.2: no first message is no element, an empty one an empty element', () => {
    const none = authenticateElement({ mechanism: 'X', inline: [] })
    expect(readAuthenticationRequest(none)).toMatchObject({ initialResponse: undefined })
    const empty = authenticateElement({ mechanism: 'X', initialResponse: new Uint8Array(0), inline: [] })
    expect(readAuthenticationRequest(empty)).toMatchObject({ initialResponse: new Uint8Array(0) })
    expect(readMessage2(challenge2Element(new Uint8Array(0)))).toEqual(new Uint8Array(0))
    expect(readMessage2(response2Element(encodeText('abc')))).toEqual(encodeText('abc'))
  })

  test.each([
    ['no mechanism', el('authenticate', SASL2_NAMESPACE), 'malformed-request'],
    [
      'a first message that is not base 64',
      el('authenticate', SASL2_NAMESPACE, { mechanism: 'X' }, el('initial-response', SASL2_NAMESPACE, {}, 'a b')),
      'incorrect-encoding',
    ],
    [
      'a first message that is too long',
      el(
        'authenticate',
        SASL2_NAMESPACE,
        { mechanism: 'X' },
        el('initial-response', SASL2_NAMESPACE, {}, 'A'.repeat(16_388)),
      ),
      'malformed-request',
    ],
  ])('%s is refused', (_, element, condition) => {
    expect(readAuthenticationRequest(element)).toBe(condition)
  })

  test('XEP-0388 §2.6.1: success names who has signed in', () => {
    const success = {
      additionalData: encodeText('v=1'),
      authorizationIdentifier: 'juliet@montague.example/Balcony/a987dsh9a87sdh',
      results: [el('bound', 'urn:xmpp:bind:0')],
    }
    expect(readSuccess2(success2Element(success))).toEqual(success)
    expect(readSuccess2(el('success', SASL2_NAMESPACE))).toBe('malformed-request')
  })

  test('XEP-0388 §2.6.2: a failure has a condition of RFC 6120 §6.5 in its own namespace', () => {
    const element = failure2Element('aborted', 'This is a terrible example.')
    expect(element.child('aborted', 'urn:ietf:params:xml:ns:xmpp-sasl')).toBeDefined()
    expect(readFailure2(element)).toEqual({ condition: 'aborted', text: 'This is a terrible example.' })
    expect(readFailure2(failure2Element('not-authorized'))).toEqual({ condition: 'not-authorized', text: undefined })
  })

  test('XEP-0388 §2.6.3: tasks are offered, chosen, and exchanged', () => {
    const continuation = { additionalData: encodeText('v=1'), tasks: ['HOTP-EXAMPLE', 'TOTP-EXAMPLE'], text: '2FA' }
    expect(readContinue(continueElement(continuation))).toEqual(continuation)
    expect(nextElement('TOTP-EXAMPLE', BIND)).toMatchObject({ name: 'next', attributes: { task: 'TOTP-EXAMPLE' } })
    expect(taskDataElement(BIND).elements()).toEqual([BIND])
    expect(isSasl2Element(abort2Element('changed my mind'))).toBe(true)
  })
})
