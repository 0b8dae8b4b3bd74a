import type { Jid } from '@parlour/jid'
import type { SessionDirectory } from '@parlour/routing'
import { Message, type Presence, readStanza, type Stanza } from '@parlour/stanza'
import type { Write } from '@parlour/storage'
import type { StreamError } from '@parlour/xml-stream'
import type { Accounts } from '../accounts.ts'
import { ClientSession, type SessionOwner } from '../client-session.ts'
import type { KernelOptions } from '../kernel-options.ts'
import type { PresenceService } from '../presence-service.ts'
import type { Router } from '../router.ts'
import { readText } from '../written-stanza.ts'
import { DetachedStream } from './detached-stream.ts'
import type { StreamManagementParts } from './parts.ts'
import type { SessionRecord } from './session-record.ts'
import { StreamManagement } from './stream-management.ts'

/** What XEP-0198 is joined to. */
export interface ManagedKernel extends SessionOwner {
  readonly accounts: Accounts
  readonly router: Router
  readonly directory: SessionDirectory<ClientSession>
  endSession(session: ClientSession, error?: StreamError): void
}

/** Joins XEP-0198 to the kernel. */
export function joinStreamManagement(
  kernel: ManagedKernel,
  presence: () => PresenceService,
  options: KernelOptions,
  nextId: (at: number) => string,
): StreamManagement {
  const { storage, environment, log, authentication } = options
  const commit = (writes: readonly Write[]): Promise<void> =>
    kernel.commit(writes).catch((error: unknown) => {
      log.error({ error }, 'a session could not be stored')
      throw error
    })
  const parts: StreamManagementParts = {
    ...{ storage, environment, log, nextId, commit, crypto: authentication.crypto, accounts: kernel.accounts },
    end: (session, error) => kernel.endSession(session, error),
    redeliver: (stanza, transaction) => kernel.router.deliverAgain(stanza, transaction, placeOf(kernel, stanza)),
    bounce: (stanza, error) => kernel.router.bounce(stanza, error),
    detached: (session) => {
      const unacknowledged = () => unacknowledgedMessages(session)
      for (const handler of hooksOf(kernel, session)?.sessionDetached ?? []) handler(session, unacknowledged)
    },
    resumed: (session) => {
      for (const handler of hooksOf(kernel, session)?.sessionResumed ?? []) handler(session)
    },
    serves: ({ domain }) => kernel.router.host(domain) !== undefined,
    accountExists: (account) => kernel.accounts.exists(account),
    restored: (account, record) => restore(kernel, account, record),
    announce: (session, record) => announce(kernel, presence(), session, record),
  }
  return new StreamManagement(parts, options.streamManagement)
}

/** A session that has just begun with the resource gets what is older behind its presence, in order, with the offline messages. */
function placeOf({ directory }: ManagedKernel, { to, type }: Stanza): Jid {
  const address = to as Jid
  const successor = directory.find(address.bare.toString(), address.resource)
  const isKept = type === 'chat' || type === 'normal'
  return isKept && successor?.available === false ? address.bare : address
}

function unacknowledgedMessages({ management }: ClientSession): Message[] {
  const all = management?.unacknowledged() ?? []
  return all.flatMap(({ reached, text }) => (reached ? new Message(readText(text)) : []))
}

function restore(kernel: ManagedKernel, account: Jid, record: SessionRecord): ClientSession {
  const stream = new DetachedStream(undefined, () => kernel.endSession(session))
  const jid = account.withResource(record.resource)
  const session: ClientSession = new ClientSession(kernel, jid, stream, record.boundAt, record.language)
  for (const [name, value] of Object.entries(record.remembered)) session.remember(name, value)
  session.isInterested = record.isInterested
  kernel.directory.add(session)
  return session
}

/** Its presence is broadcast anew: contacts may have been told meanwhile that it is gone, and theirs may have changed. */
async function announce(
  kernel: ManagedKernel,
  presence: PresenceService,
  session: ClientSession,
  record: SessionRecord,
): Promise<void> {
  for (const handler of hooksOf(kernel, session)?.sessionRestored ?? []) await handler(session)
  if (record.presence !== undefined) await presence.receive(session, readStanza(readText(record.presence)) as Presence)
}

const hooksOf = (kernel: ManagedKernel, { jid }: ClientSession) => kernel.router.host(jid.domain)?.hooks.handlers
