/**
 * XEP-0494: Client Access Management, version 0.1.0: accounts see which of their devices have access, and revoke it. Of
 * those that do not name themselves when they sign in (XEP-0388 §3.3), nothing is known.
 */
import { type AccountDevice, defineServerModule, type IqRequest, type ModuleHost } from '@parlour/server-core'
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
    host.iq.get(CLIENT_ACCESS_NAMESPACE, 'list', async ({ to }) =>
      clientsElement((await host.devices.list(to)).map(clientOf)),
    ),
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
