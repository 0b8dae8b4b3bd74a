import type { Jid } from '@parlour/jid'
import { availableSessions } from '@parlour/routing'
import { errorReply, type Message, readStanza, type Stanza, type StanzaError } from '@parlour/stanza'
import type { Write } from '@parlour/storage'
import type { Accounts } from '../accounts.ts'
import type { Host } from '../host.ts'
import type { Router } from '../router.ts'
import { OfflineStanza } from '../stanza-event.ts'
import { Transaction } from '../transaction.ts'
import { outlivesCrash } from './outbox.ts'

/** What answers that come late need of the kernel. */
export interface LateAnswersKernel {
  readonly router: Router
  readonly accounts: Pick<Accounts, 'exists'>
  readonly commit: (writes: readonly Write[]) => Promise<void>
}

/**
 * Answers a stanza that waited for another server, perhaps over a restart. Of a message, that it did not arrive is told to another
 * session of its sender, or kept for the next one, where the session that sent it is gone: RFC 6121 §8.5.3.2.1 would have
 * the error ignored, and it was acknowledged as sent.
 */
export function answerLate(stanza: Stanza, error: StanzaError, kernel: LateAnswersKernel): void | Promise<void> {
  const { router } = kernel
  const { from } = stanza
  const host = from && router.host(from.domain)
  if (!from || !host || stanza.kind !== 'message' || !outlivesCrash(stanza)) return router.bounce(stanza, error)
  const account = from.bare.toString()
  const reply = errorReply(stanza.element, error)
  if (!reply) return
  const { directory } = router
  const session = directory.find(account, from.resource) ?? availableSessions(directory.sessions(account))[0]
  const late = readStanza(reply.withAttributes({ to: (session?.jid ?? from.bare).toString() }))
  if (!session) return keep(late as Message, from.bare, host, kernel)
  return session.management?.isDetached ? leave(late, kernel) : router.route(late)
}

/** For a session that waits to be resumed. Rejects if that cannot be stored: who is there is told all the same. */
function leave(error: Stanza, { router, commit }: LateAnswersKernel): void | Promise<void> {
  const transaction = new Transaction()
  const store = () => (transaction.endIfEmpty() ? undefined : transaction.commit(commit))
  return transaction.run(() => router.routeIn(transaction, error), store)
}

async function keep(error: Message, account: Jid, host: Host, kernel: LateAnswersKernel): Promise<void> {
  if (!(await kernel.accounts.exists(account))) return
  const transaction = new Transaction()
  const event = new OfflineStanza(error, account, transaction)
  for (const handler of host.hooks.handlers.undelivered) if (await handler(event)) break
  if (!transaction.isEmpty) await transaction.commit(kernel.commit)
}
