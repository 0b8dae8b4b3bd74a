import {
  ACCESS,
  ARCHIVE,
  CARBONS,
  type Case,
  DEVICES,
  REQUESTS,
  RETURNING,
  ROSTER,
  STREAM_MANAGEMENT,
} from './cases/index.ts'
import { startGoSendXmpp, startParlour, startProfanity, startSlixmpp, startXmppJs } from './drivers.ts'
import { ejabberd } from './peers/ejabberd.ts'
import type { PeerProgram } from './peers/peer.ts'
import { prosody } from './peers/prosody.ts'
import type { Product } from './product.ts'

const SCRAM = /^SCRAM-SHA-(1|256|512)(-PLUS)?$/
/** The partner of most cases. */
export const SLIXMPP = '/usr/lib/python3/dist-packages/slixmpp'
const REGISTRATION = 'registration in band (XEP-0077)'
const BLOCKING_CASE = 'blocking: nothing passes either way, until it is taken back (XEP-0191)'
const LOST_CASE = 'a connection is lost with its session: the next of the resource gets what came meanwhile, in order'
const PAGES_CASE = 'archive: a conversation, a page at a time, also from its end (XEP-0313)'
const CLIENT_STATE_CASE = 'client state: presence waits, the latest of it, until a message comes (XEP-0352)'
const none = (cases: readonly Case[], reason: string) => Object.fromEntries(cases.map(({ name }) => [name, reason]))
/** SASL2 is younger than they are. */
const NO_SASL2 = none(RETURNING, 'it has no SASL2')
const NOT_IN_GO = 'it sends and prints messages, nothing else'
const NOT_IN_PROFANITY = 'no command for it'

const parlourClient: Product = {
  name: '@parlour/client',
  start: startParlour,
  startPartner: startSlixmpp,
  mechanism: /^SCRAM-SHA-512-PLUS$/,
  cannot: { [REGISTRATION]: '`parlour-client register` does it' },
}

export const PRODUCTS: readonly Product[] = [
  {
    name: 'slixmpp',
    start: startSlixmpp,
    startPartner: startXmppJs,
    mechanism: SCRAM,
    needs: SLIXMPP,
    cannot: NO_SASL2,
  },
  {
    name: '@xmpp/client',
    start: startXmppJs,
    startPartner: startSlixmpp,
    mechanism: SCRAM,
    cannot: {
      [REGISTRATION]: 'its API has no request before signing in',
      [LOST_CASE]: 'each start of it is another device, with a resource of its own',
    },
  },
  {
    name: 'profanity',
    needs: '/usr/bin/profanity',
    start: startProfanity,
    startPartner: startSlixmpp,
    mechanism: SCRAM,
    cannot: {
      ...NO_SASL2,
      [PAGES_CASE]: 'it asks for one page, which it chooses itself',
      [CLIENT_STATE_CASE]: 'it has no client state',
      ...none(ACCESS, NOT_IN_PROFANITY),
      'ping of a stranger refused (RFC 6121 §8.5.3.1)': 'it asks only resources whose features it knows',
      'vCard of oneself and of another (XEP-0054)': NOT_IN_PROFANITY,
      'version of the server (XEP-0092)': 'it asks contacts only',
      'time of the server (XEP-0202)': NOT_IN_PROFANITY,
      'private XML (XEP-0049)': 'it keeps its bookmarks there, nothing else',
    },
  },
  {
    name: 'go-sendxmpp',
    needs: '/usr/bin/go-sendxmpp',
    start: startGoSendXmpp,
    startPartner: startSlixmpp,
    // The library of this version has no SCRAM.
    mechanism: /^PLAIN$/,
    cannot: Object.fromEntries(
      [...STREAM_MANAGEMENT, ...RETURNING, ...CARBONS, ...ARCHIVE, ...DEVICES, ...ACCESS, ...ROSTER, ...REQUESTS].map(
        ({ name }) => [name, NOT_IN_GO],
      ),
    ),
  },
  parlourClient,
]

/** Another server with the client that talks to it. */
export interface Peer {
  readonly program: PeerProgram
  readonly product: Product
}

const STRANGER = 'ping of a stranger refused (RFC 6121 §8.5.3.1)'
/** What others do in their own way, or with modules that are not loaded here. */
const ELSEWHERE = { [BLOCKING_CASE]: 'not configured here', [CLIENT_STATE_CASE]: 'not configured here' }
const cannot = { ...parlourClient.cannot, ...ELSEWHERE, ...NO_SASL2, ...none(ACCESS, 'this server has it not') }

export const PEERS: readonly Peer[] = [
  {
    program: prosody,
    product: { ...parlourClient, mechanism: SCRAM, cannot: { ...cannot, [STRANGER]: 'this server passes them on' } },
  },
  {
    program: ejabberd,
    product: {
      ...parlourClient,
      mechanism: SCRAM,
      cannot: { ...cannot, [STRANGER]: 'this server passes them on', [LOST_CASE]: 'not configured here' },
    },
  },
]
