import { readStanza, type Stanza, StanzaError } from '@parlour/stanza'
import type { Write } from '@parlour/storage'
import type { Environment } from '@parlour/stream-negotiation'
import type { Logger } from '../logger.ts'
import { Transaction } from '../transaction.ts'
import { readText, withDelay } from '../written-stanza.ts'
import { CommonCommit } from './common-commit.ts'
import type { ManagedSession } from './managed-session.ts'
import { forgetWrites, overWrite, removalWrite, removalWrites, replacementWrite } from './session-record.ts'
import { QueuedStanza } from './unacknowledged.ts'

/** Stanzas after which others have their turn. */
const BATCH = 50

/** What the redelivery needs of the kernel. */
export interface RedeliveryParts {
  readonly environment: Environment
  readonly log: Logger
  commit(writes: readonly Write[]): Promise<void>
  /** Goes the way that a stanza takes whose receiver's session is not there, past the hooks that it has passed. */
  redeliver(stanza: Stanza, transaction: Transaction): void | Promise<void>
  bounce(stanza: Stanza, error: StanzaError): void | Promise<void>
}

/**
 * Takes what a session had not acknowledged when it ended elsewhere (XEP-0198 §4): messages to the account's other
 * sessions or to the offline store, unless another session has got them; requests are answered with an error. All of it
 * and the end of the session is one commit: after a crash the session is there as it was, or over. What could not be stored
 * elsewhere keeps its entry, and is tried again after a restart.
 */
export async function redeliver(managed: ManagedSession, parts: RedeliveryParts): Promise<void> {
  const { session, terms } = managed
  const done = [...managed.unremoved]
  const changes: Write[] = []
  const commits: Promise<unknown>[] = []
  const together = new CommonCommit()
  let isWhole = true
  const failed = (error: unknown) => {
    isWhole = false
    parts.log.error({ error, jid: session.jid.toString() }, 'an unacknowledged stanza could not be delivered elsewhere')
  }
  let count = 0
  for (const item of managed.unacknowledged()) {
    if (++count % BATCH === 0) await new Promise<void>((resolve) => parts.environment.setTimer(0, resolve))
    try {
      const transaction = await redeliverOne(managed, item, parts, changes)
      if (transaction) commits.push(transaction.commit(together.add).catch(failed))
      else if (item.id !== undefined) done.push(item.id)
    } catch (error) {
      failed(error)
    }
  }
  const writes = [...changes, ...removalWrites(session.account, done)]
  if (writes.length > 0) commits.push(together.add(writes).catch(failed))
  const over = [overWrite(session.account, terms.key, session, managed.acknowledged)]
  await together.commit(parts.commit, isWhole ? forgetWrites(session.account, terms.key) : over, over)
  await Promise.all(commits)
}

/**
 * @param changes gets what is to be written of the entries of others
 * @returns what remains to be committed, its entry in the queue removed with it; `undefined` when that is all there is
 */
async function redeliverOne(
  managed: ManagedSession,
  item: QueuedStanza,
  parts: RedeliveryParts,
  changes: Write[],
): Promise<Transaction | undefined> {
  const { session } = managed
  if (isElsewhere(item, changes)) return undefined
  const element = readText(item.text)
  const stanza = readStanza(element)
  if (stanza.kind === 'presence' || !stanza.from) return undefined
  if (stanza.kind === 'iq') {
    const isRequest = stanza.type === 'get' || stanza.type === 'set'
    const isOwn = stanza.from.bare.toString() === session.account
    if (isRequest && !isOwn) await parts.bounce(stanza, new StanzaError('service-unavailable'))
    return undefined
  }
  const transaction = new Transaction(undefined, item)
  if (item.id !== undefined) transaction.store([removalWrite(session.account, [item.id])])
  const again = readStanza(withDelay(element, session.jid.domain, item.at))
  try {
    await parts.redeliver(again, transaction)
  } catch (error) {
    transaction.abandon(error)
  }
  return transaction
}

/** Another session of the account has it: this one's share is done, and the others must not rely on it. */
function isElsewhere(item: QueuedStanza, changes: Write[]): boolean {
  const { reached, account } = item
  if (reached === undefined) return false
  const own = reached.indexOf(item)
  if (own >= 0) reached.splice(own, 1)
  const others = reached.filter((each) => each === 'elsewhere' || each.account === account)
  for (const each of others) if (each instanceof QueuedStanza) changes.push(replacementWrite(each))
  return others.length > 0
}
