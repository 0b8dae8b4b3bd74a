import type { Jid } from '@parlour/jid'
import type { AccountDevice, Revocation } from '@parlour/server-core'
import { AdministrationError } from './protocol.ts'
import type { AdministrationTarget } from './target.ts'

/** The devices of an account, those that came last first. @throws AdministrationError `not-found` */
export async function listDevices({ kernel }: AdministrationTarget, account: Jid): Promise<AccountDevice[]> {
  if (await kernel.accounts.exists(account)) return kernel.devices.list(account)
  throw new AdministrationError('not-found', `there is no account ${account}`)
}

/** @throws AdministrationError `not-found` */
export async function revokeDevice(
  target: AdministrationTarget,
  account: Jid,
  id: string,
): Promise<{ readonly device: AccountDevice; readonly revocation: Exclude<Revocation, 'unknown'> }> {
  const device = (await listDevices(target, account)).find((each) => each.id === id)
  const revocation = device && (await target.kernel.devices.revoke(account, id))
  if (device && revocation !== undefined && revocation !== 'unknown') return { device, revocation }
  throw new AdministrationError('not-found', `${account} has no device ${id}: parlour user devices lists them`)
}
