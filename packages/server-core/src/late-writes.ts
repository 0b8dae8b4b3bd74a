import type { Storage, Write } from '@parlour/storage'
import type { Accounts } from './accounts.ts'

const ADDING: ReadonlySet<Write['type']> = new Set(['put', 'append', 'replace'])

/** Whether a write adds something for an account that is removed meanwhile: who takes the name next would find it. */
export function isLate({ type, owner }: Write, accounts: Pick<Accounts, 'isRemoved'>): boolean {
  return ADDING.has(type) && accounts.isRemoved(owner)
}

/** Commits what stanzas store; what comes late is left out of it. */
export function commitOnTime(storage: Storage, accounts: Accounts): (writes: readonly Write[]) => Promise<void> {
  const isOnTime = (write: Write) => !isLate(write, accounts)
  return (writes) => storage.commit(writes.every(isOnTime) ? writes : writes.filter(isOnTime))
}
