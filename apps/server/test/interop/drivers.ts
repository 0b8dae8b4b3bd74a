import { join } from 'node:path'
import type { InteropClient } from './client.ts'
import { GoSendXmppClient } from './clients/go-sendxmpp.ts'
import { ProfanityClient } from './clients/profanity.ts'
import { DrivenClient } from './driven-client.ts'

const CLIENTS = join(import.meta.dirname, 'clients')
const PARLOUR_CLIENT = join(import.meta.dirname, '../../../client/test/interop/driver.ts')

/** Starts a client of a product, not yet signed in; `ca` is the authority that its process trusts. */
export type StartClient = (ca: string) => Promise<InteropClient>

/** Starts slixmpp by a script, and leaves nothing compiled beside it. */
const slixmpp = (name: string, script: string) =>
  new DrivenClient(name, '/usr/bin/python3', ['-B', join(CLIENTS, script)])

export const startSlixmpp: StartClient = async () => slixmpp('slixmpp', 'slixmpp_client.py')

export const slixmppComponent = () => slixmpp('slixmpp component', 'slixmpp_component.py')

export const startXmppJs: StartClient = async (ca) =>
  new DrivenClient('@xmpp/client', process.execPath, [join(CLIENTS, 'xmpp-js-client.ts')], {
    NODE_EXTRA_CA_CERTS: ca,
  })

export const startProfanity: StartClient = async () => new ProfanityClient()

export const startGoSendXmpp: StartClient = async () => new GoSendXmppClient()

/** Our own client. */
export const startParlour: StartClient = async () =>
  new DrivenClient('@parlour/client', process.execPath, ['--conditions=@parlour/source', PARLOUR_CLIENT])
