import { closeSync, openSync, rmSync, statSync } from 'node:fs'

/** Milliseconds. */
export interface LockWait {
  /** After which a lock that stays the same is taken for one whose holder was killed. */
  readonly stale: number
  /** After which it is an error that others hold it in turn. */
  readonly limit: number
  readonly pause: number
}

const DEFAULT_WAIT: LockWait = { stale: 5_000, limit: 15_000, pause: 5 }

/**
 * Does something that takes milliseconds while no other process does so with the same file: who makes the file
 * `<path>.lock` may. It blocks the thread, so that what is done is done also when the program ends right after.
 *
 * @throws {Error} of the file system; `EEXIST` if it stays locked
 */
export function underLock<Result>(path: string, act: () => Result, wait: LockWait = DEFAULT_WAIT): Result {
  const lock = `${path}.lock`
  take(lock, wait)
  const mark = markOf(lock)
  try {
    return act()
  } finally {
    // Who took too long has lost it: then it is another one's.
    if (markOf(lock) === mark) rmSync(lock, { force: true })
  }
}

function take(lock: string, { stale, limit, pause }: LockWait): void {
  const begin = performance.now()
  let since = begin
  let known: string | undefined
  for (;;) {
    const held = make(lock)
    if (!held) return
    const now = performance.now()
    const mark = markOf(lock)
    // Clocks of other machines that share the folder are not asked: it is the same one that is still there.
    if (mark !== known) since = now
    else if (now - since >= stale) rmSync(lock, { force: true })
    if (now - begin >= limit) throw held
    known = mark
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause)
  }
}

/** @returns why not, if another process holds it */
function make(lock: string): Error | undefined {
  try {
    closeSync(openSync(lock, 'wx', 0o600))
    return undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return error as Error
    throw error
  }
}

function markOf(lock: string): string | undefined {
  const stat = statSync(lock, { throwIfNoEntry: false, bigint: true })
  return stat && `${stat.ino} ${stat.ctimeNs}`
}
