/**
 * XEP-0494: Client Access Management, version 0.1.0: accounts see which of their devices have access, and revoke it. Those
 * that do not name themselves when they sign in (XEP-0388 §2.3) are known while they are there.
 */
import {
  type AccountDevice,
  defineServerModule,
  type IqRequest,
  type ModuleHost,
  type UnnamedSession,
} from '@parlour/server-core'
import { StanzaError } from '@parlour/stanza'
import {
  CLIENT_ACCESS_NAMESPACE,
  type ClientWithAccess,
  clientsElement,
  passwordResetRequiredElement,
  readRevoke,
  type WayOfAccess,
} from './wire.ts'

export const clientAccessManagementServer = defineServerModule({
  name: 'client-access-management',
  implements: [{ xep: 494, version: '0.1.0' }],
  setup: (host) => [
    host.discovery.advertise(CLIENT_ACCESS_NAMESPACE, 'account'),
    host.iq.get(CLIENT_ACCESS_NAMESPACE, 'list', async ({ to }) => {
      const devices = await host.devices.list(to)
      return clientsElement([...devices.map(clientOf), ...host.devices.unnamed(to).map(clientOfSession)])
    }),
    host.iq.set(CLIENT_ACCESS_NAMESPACE, 'revoke', (request) => revoke(host, request)),
  ],
})

/** Whoever has signed in may do everything here. */
const clientOf = (device: AccountDevice): ClientWithAccess => ({
  ...device,
  type: 'session',
  ways: waysOf(device),
  permission: 'unrestricted',
})

/** Without a token, it has signed in by the password. */
const clientOfSession = ({ id, resource, since }: UnnamedSession): ClientWithAccess => ({
  ...{ id, isConnected: true, type: 'session', firstSeen: since, lastSeen: since },
  ...{ ways: ['password'], permission: 'unrestricted', device: resource },
})

function waysOf({ methods, hasToken }: AccountDevice): WayOfAccess[] {
  const ways: WayOfAccess[] = methods.includes('password') ? ['password'] : []
  return hasToken ? [...ways, 'fast'] : ways
}

/** Tokens are void and sessions end in any case; the error says that this is not enough (XEP-0494 §3.2). */
async function revoke(host: Pick<ModuleHost, 'devices'>, { payload, to }: IqRequest): Promise<undefined> {
  const id = readRevoke(payload)
  if (id === undefined) throw new StanzaError('bad-request', 'which client?')
  const revocation = await host.devices.revoke(to, id)
  if (revocation === 'unknown') throw new StanzaError('item-not-found', 'there is no such client')
  if (revocation === 'password-known')
    throw new StanzaError('service-unavailable', 'it knows the password', {
      application: passwordResetRequiredElement(),
    })
}
