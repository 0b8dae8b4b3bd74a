import { join } from 'node:path'
import { REQUESTS, ROSTER } from './cases.ts'
import type { InteropClient } from './client.ts'
import { GoSendXmppClient } from './clients/go-sendxmpp.ts'
import { ProfanityClient } from './clients/profanity.ts'
import { DrivenClient } from './driven-client.ts'

const CLIENTS = join(import.meta.dirname, 'clients')

/** Starts a client of a product, not yet signed in; `ca` is the authority that its process trusts. */
export type StartClient = (ca: string) => Promise<InteropClient>

export const startSlixmpp: StartClient = async () =>
  new DrivenClient('slixmpp', '/usr/bin/python3', [join(CLIENTS, 'slixmpp_client.py')])

export const startXmppJs: StartClient = async (ca) =>
  new DrivenClient('@xmpp/client', process.execPath, [join(CLIENTS, 'xmpp-js-client.ts')], {
    NODE_EXTRA_CA_CERTS: ca,
  })

export const startProfanity: StartClient = async () => new ProfanityClient()

export const startGoSendXmpp: StartClient = async () => new GoSendXmppClient()

/** A product with its cases' partner, and why it leaves out what it leaves out, by the case's name. */
export interface Product {
  readonly name: string
  readonly start: StartClient
  readonly startPartner: StartClient
  /** How it signs in. */
  readonly mechanism: RegExp
  readonly cannot: Readonly<Record<string, string>>
}

const SCRAM = /^SCRAM-SHA-(1|256|512)(-PLUS)?$/
const NOT_IN_GO = 'it sends and prints messages, nothing else'
const NOT_IN_PROFANITY = 'no command for it'

export const PRODUCTS: readonly Product[] = [
  { name: 'slixmpp', start: startSlixmpp, startPartner: startXmppJs, mechanism: SCRAM, cannot: {} },
  {
    name: '@xmpp/client',
    start: startXmppJs,
    startPartner: startSlixmpp,
    mechanism: SCRAM,
    cannot: { 'registration in band (XEP-0077)': 'its API has no request before signing in' },
  },
  {
    name: 'profanity',
    start: startProfanity,
    startPartner: startSlixmpp,
    mechanism: SCRAM,
    cannot: {
      'ping of a stranger refused (RFC 6121 §8.5.3.1)': 'it asks only resources whose features it knows',
      'vCard of oneself and of another (XEP-0054)': NOT_IN_PROFANITY,
      'version of the server (XEP-0092)': 'it asks contacts only',
      'time of the server (XEP-0202)': NOT_IN_PROFANITY,
      'private XML (XEP-0049)': 'for its bookmarks only',
    },
  },
  {
    name: 'go-sendxmpp',
    start: startGoSendXmpp,
    startPartner: startSlixmpp,
    // The library of this version has no SCRAM.
    mechanism: /^PLAIN$/,
    cannot: Object.fromEntries([...ROSTER, ...REQUESTS].map(({ name }) => [name, NOT_IN_GO])),
  },
]
