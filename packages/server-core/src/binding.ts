import { type Jid, JidError } from '@parlour/jid'
import type { SessionDirectory } from '@parlour/routing'
import { StanzaError } from '@parlour/stanza'
import { type Environment, randomIdentifier } from '@parlour/stream-negotiation'
import { StreamError } from '@parlour/xml-stream'
import type { Accounts } from './accounts.ts'
import { ClientSession, type SessionOwner } from './client-session.ts'
import type { Host } from './host.ts'
import type { ClientStream } from './stream/kernel-port.ts'
import type { StreamManagement } from './stream-management/stream-management.ts'

/** What the binding of resources needs of the kernel. */
export interface BindingKernel extends SessionOwner {
  readonly accounts: Pick<Accounts, 'isRemoved'>
  readonly directory: SessionDirectory<ClientSession>
  readonly environment: Environment
  readonly streamManagement: Pick<StreamManagement, 'isDetached' | 'oldestDetached'>
  endSession(session: ClientSession, error?: StreamError): void
}

/** RFC 6120 §7: gives an account's stream a resource. @returns a session that is in the directory */
export function bindResource(
  kernel: BindingKernel,
  host: Host,
  account: Jid,
  requested: string | undefined,
  stream: ClientStream,
): ClientSession | StanzaError {
  const { maxSessionsPerAccount, resourceConflict } = host.options
  if (kernel.accounts.isRemoved(account.toString())) return new StanzaError('not-allowed', 'the account was removed')
  const jid = resourceFor(kernel, account, requested)
  if (jid instanceof StanzaError) return jid
  const older = kernel.directory.find(account.toString(), jid.resource)
  // Whoever takes the resource of a session that waits to be resumed has given that one up.
  const isAlive = older && !kernel.streamManagement.isDetached(older)
  if (isAlive && resourceConflict === 'refuse') return new StanzaError('conflict')
  if (isAlive && resourceConflict === 'rename') return bindResource(kernel, host, account, undefined, stream)
  // RFC 6120 §7.7.2.2: the newer session takes the resource, the older one ends with `conflict`.
  if (older) kernel.endSession(older, new StreamError('conflict', 'a newer session took this resource'))
  if (!makeRoom(kernel, account, maxSessionsPerAccount)) return new StanzaError('resource-constraint')
  const session = new ClientSession(kernel, jid, stream, kernel.environment.now(), stream.lang)
  kernel.directory.add(session)
  return session
}

/** A session that waits to be resumed goes before a new one is refused. */
function makeRoom(kernel: BindingKernel, account: Jid, max: number): boolean {
  const sessions = kernel.directory.sessions(account.toString())
  if (sessions.length < max) return true
  const oldest = kernel.streamManagement.oldestDetached(sessions)
  if (oldest) kernel.endSession(oldest)
  return oldest !== undefined
}

function resourceFor(kernel: BindingKernel, account: Jid, requested: string | undefined): Jid | StanzaError {
  try {
    return account.withResource(requested || randomIdentifier(kernel.environment))
  } catch (error) {
    if (error instanceof JidError) return new StanzaError('bad-request', error.message, { cause: error })
    throw error
  }
}
