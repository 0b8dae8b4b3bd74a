import type { Jid } from '@parlour/jid'
import type { PortableEvent } from '@parlour/portable-data'
import { AccountError, type Accounts } from '../accounts.ts'
import type { Host } from '../host.ts'
import { accountElement, credentialElements } from './account-parts.ts'

/** What an export or import needs of the kernel. */
export interface PortableKernel {
  readonly accounts: Accounts
  readonly router: { host(domain: string): Host | undefined }
}

/**
 * All that is held of an account, for a document of XEP-0227: when it was made, the verifiers of its password, and what the
 * modules hold. It is read in pages while the server works: each item is as it is when its page is read.
 *
 * @throws AccountError `not-found`
 */
export async function* exportAccount(kernel: PortableKernel, jid: Jid): AsyncGenerator<PortableEvent> {
  const account = await kernel.accounts.find(jid.bare)
  const host = kernel.router.host(jid.domain)
  if (!account || !host) throw new AccountError('not-found', `there is no account ${jid.bare}`)
  yield { type: 'host', domain: jid.domain }
  yield { type: 'user', name: jid.local }
  for (const element of [accountElement(account), ...credentialElements(account)]) yield { type: 'item', element }
  for (const part of host.portable) {
    const within = part.isContainer ? { within: part.element } : {}
    for await (const element of await part.export(jid.bare)) yield { type: 'item', element, ...within }
  }
  yield { type: 'user-end' }
  yield { type: 'host-end' }
}
