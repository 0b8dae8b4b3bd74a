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
import { readDisplayed } from '../src/chat-markers/wire.ts'
import { isStandaloneChatState, readChatState } from '../src/chat-states/wire.ts'
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
import { displayedItemsElement, readDisplayedItems } from '../src/displayed-synchronization/wire.ts'
import { bodyWithoutFallback } from '../src/fallback/wire.ts'
import { lastActivityElement, readLastActivity } from '../src/last-activity/wire.ts'
import { correctedMessage, readCorrection } from '../src/message-correction/wire.ts'
import { readRetracted, readRetraction, retractedElement, tombstone } from '../src/message-retraction/wire.ts'
import { offlineTreatment } from '../src/offline/wire.ts'
import { importanceOf } from '../src/push/important.ts'
import { enablePushElement, readEnablePush, readPushPublication } from '../src/push/wire.ts'
import { reactionsElement, readReactions } from '../src/reactions/wire.ts'
import { blockOf } from '../src/registration/attempts.ts'
import { readRegistrationAction, readRegistrationFields } from '../src/registration/wire.ts'
import { readReply, replyElement } from '../src/replies/wire.ts'
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
  ...['urn:xmpp:push:0', 'urn:xmpp:mds:displayed:0', 'urn:xmpp:sid:0', 'http://jabber.org/protocol/pubsub'],
  ...['urn:xmpp:reactions:0', 'urn:xmpp:reply:0', 'urn:xmpp:message-correct:0', 'urn:xmpp:message-retract:1'],
  ...['urn:xmpp:fallback:0', 'urn:xmpp:chat-markers:0', 'http://jabber.org/protocol/chatstates'],
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
  ...['enable', 'pubsub', 'publish', 'items', 'notification', 'displayed', 'stanza-id', 'reactions', 'reaction'],
  ...['reply', 'replace', 'retract', 'retracted', 'fallback', 'active', 'composing', 'encrypted'],
  ...['BINVAL', 'FN', 'c', 'limits', 'max-bytes', 'remove', 'username', 'password', 'registered', 'title', 'required'],
]
const ATTRIBUTES = [
  ...['var', 'type', 'jid', 'node', 'name', 'category', 'xml:lang', 'from', 'to', 'stamp', 'seconds', 'hash', 'ver'],
  ...['id', 'by', 'for', 'start', 'end', 'sessionid', 'action', 'status', 'execute', 'label'],
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
  ['displayed items', readDisplayedItems, displayedItemsElement],
  ['reactions', readReactions, (reactions) => inMessage(reactionsElement(reactions))],
  ['reply', readReply, (reply) => inMessage(replyElement(reply))],
  ['retracted', readRetracted, (retracted) => inMessage(retractedElement(retracted))],
  ['retraction', readRetraction],
  ['correction', readCorrection],
  ['marker', readDisplayed],
  ['chat state', (message) => [readChatState(message), isStandaloneChatState(message)]],
  ['fallback', (message) => bodyWithoutFallback(message, 'chat')],
  ['push', readEnablePush, enablePushElement],
  ['push notification', readPushPublication],
  ['tombstone', (message) => void tombstone(message, { id: '1' })],
  ['importance', readImportance],
  [
    'corrected',
    (message) =>
      message.attribute('id') && message.child('body') && void correctedMessage(message, { id: '2', body: 'x' }),
  ],
]

const inMessage = (child: Element): Element => el('message', 'jabber:client', {}, child)

function readImportance(input: Element): unknown {
  const stanza = readStanza(el('message', 'jabber:client', { type: input.attribute('type') }, ...input.children))
  return stanza.kind === 'message' ? importanceOf(stanza) : undefined
}

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
