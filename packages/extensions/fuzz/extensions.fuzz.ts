/**
 * Gives random elements to every reader: `node --conditions=@parlour/source packages/extensions/fuzz/extensions.fuzz.ts
 * --seconds 10 [--seed N]`. Exits 1 with the input when a reader throws anything but a StanzaError, what was read does
 * not survive being written and read again, one input takes too long, or memory grows.
 */
import { isDeepStrictEqual } from 'node:util'
import { readStanza, StanzaError } from '@parlour/stanza'
import { fuzzing } from '@parlour/testing'
import { type Element, el, parseXml, type XmlNode } from '@parlour/xml'
import { capsElement, readCaps, verificationString, verifiesCaps } from '../src/caps/wire.ts'
import {
  commandRequestElement,
  commandResponseElement,
  readCommandRequest,
  readCommandResponse,
} from '../src/commands/wire.ts'
import { readContactAddresses } from '../src/contact-addresses/wire.ts'
import { dataFormElement, readDataForm } from '../src/data-forms/wire.ts'
import { delayElement, readDelay, withoutDelaysBy } from '../src/delay/wire.ts'
import { discoInfoElement, discoItemsElement, readDiscoInfo, readDiscoItems } from '../src/disco/wire.ts'
import { lastActivityElement, readLastActivity } from '../src/last-activity/wire.ts'
import { offlineTreatment } from '../src/offline/wire.ts'
import { blockOf } from '../src/registration/attempts.ts'
import { readRegistrationAction, readRegistrationFields } from '../src/registration/wire.ts'
import { readStreamLimits } from '../src/stream-limits/wire.ts'
import { readTime, timeElement } from '../src/time/wire.ts'
import { readVcard, vcardElement } from '../src/vcard/wire.ts'
import { readVersion, versionElement } from '../src/version/wire.ts'

const { pick, random, run } = fuzzing()

const NAMESPACES = [
  ...['jabber:client', 'jabber:x:data', 'urn:xmpp:delay', 'urn:xmpp:hints', 'urn:xmpp:time', 'vcard-temp'],
  ...['http://jabber.org/protocol/disco#info', 'http://jabber.org/protocol/disco#items', 'jabber:iq:register'],
  ...[
    'http://jabber.org/protocol/commands',
    'http://jabber.org/protocol/caps',
    'urn:xmpp:stream-limits:0',
    'jabber:iq:last',
  ],
]
const NAMES = [
  ...[
    'message',
    'query',
    'x',
    'field',
    'value',
    'option',
    'item',
    'reported',
    'identity',
    'feature',
    'command',
    'note',
  ],
  ...[
    'actions',
    'next',
    'prev',
    'delay',
    'no-store',
    'store',
    'body',
    'thread',
    'time',
    'utc',
    'tzo',
    'vCard',
    'PHOTO',
  ],
  ...['BINVAL', 'FN', 'c', 'limits', 'max-bytes', 'remove', 'username', 'password', 'registered', 'title', 'required'],
]
const ATTRIBUTES = [
  ...['var', 'type', 'jid', 'node', 'name', 'category', 'xml:lang', 'from', 'to', 'stamp', 'seconds', 'hash', 'ver'],
  ...['sessionid', 'action', 'status', 'execute', 'label'],
]
const TEXTS = [
  ...['', 'FORM_TYPE', 'form', 'submit', 'result', 'hidden', 'chat', 'error', 'sha-1', 'a<b', '2002-09-10T23:08:25Z'],
  ...['2002-09-10T23:08:25.123456789+99:99', '+05:45', '-00:00', 'Z', '903', '99999999999999999999', 'executing'],
  ...[
    'completed',
    'cancel',
    'info',
    'juliet@example.com',
    '@@',
    '\u{10000}',
    '\ufffd',
    'http://jabber.org/network/serverinfo',
  ],
]

function element(depth: number, parent: string): Element {
  const namespace = random(3) === 0 ? pick(NAMESPACES) : parent
  const attributes = Object.fromEntries(Array.from({ length: random(4) }, () => [pick(ATTRIBUTES), pick(TEXTS)]))
  const children = Array.from(
    { length: depth === 0 ? 0 : random(5) },
    (): XmlNode => (random(3) === 0 ? pick(TEXTS) : element(depth - 1, namespace)),
  )
  return el(pick(NAMES), namespace, attributes, ...children)
}

type Reading = readonly [name: string, read: (element: Element) => unknown, write?: (value: never) => Element]

/** With a writer: what was read, written and read again is the same. */
const READERS: readonly Reading[] = [
  ['data form', readDataForm, dataFormElement],
  ['disco info', readDiscoInfo, discoInfoElement],
  ['disco items', readDiscoItems, discoItemsElement],
  ['command request', readCommandRequest, commandRequestElement],
  ['command response', readCommandResponse, commandResponseElement],
  ['last activity', readLastActivity, lastActivityElement],
  ['time', readTime, timeElement],
  ['version', readVersion, versionElement],
  ['vCard', readVcard, vcardElement],
  ['delay', (stanza) => readDelay(stanza), (delay) => el('message', 'jabber:client', {}, delayElement(delay))],
  ['caps', readCaps, (caps) => el('presence', 'jabber:client', {}, capsElement(caps))],
  ['registration fields', readRegistrationFields],
  ['registration action', readRegistrationAction],
  ['stream limits', readStreamLimits],
  ['contact addresses', (query) => readContactAddresses(query.childrenNamed('x', 'jabber:x:data'))],
  ['without delays', (stanza) => withoutDelaysBy(stanza, 'juliet@example.com')],
  ['verification', (query) => verificationString(readDiscoInfo(query))],
  ['verifies', (query) => verifiesCaps(readDiscoInfo(query), { hash: 'sha-1', node: 'n', ver: 'v' })],
  ['offline', readOffline],
]

function readOffline(input: Element): unknown {
  const stanza = readStanza(el('message', 'jabber:client', { type: input.attribute('type') }, ...input.children))
  if (stanza.kind === 'message') offlineTreatment(stanza)
  return undefined
}

function tryInput(input: Element): void {
  // Written and parsed, so that it is what could come over a stream.
  const arrived = parseXml(input.toString())
  for (const [name, read, write] of READERS) {
    try {
      const value = read(arrived)
      if (!write || value === undefined) continue
      const again = read(parseXml(write(value as never).toString()))
      if (!isDeepStrictEqual(again, value))
        throw new Error(`${name}: ${JSON.stringify(value)} became ${JSON.stringify(again)}`)
    } catch (error) {
      if (!(error instanceof StanzaError)) throw error
    }
  }
  blockOf(`${pick(TEXTS)}:${pick(TEXTS)}::${pick(TEXTS)}`)
}

console.log(`${await run({ make: () => element(4, pick(NAMESPACES)), attempt: tryInput, print: String })} elements`)
