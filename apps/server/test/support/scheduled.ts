import { readFileSync } from 'node:fs'

/** What the main thread of a process has had of a processor, in nanoseconds (Linux). */
export interface Scheduled {
  readonly ran: number
  /** It could have run, but others did. */
  readonly waited: number
}

export function scheduledOf(pid: number): Scheduled {
  const [ran = 0, waited = 0] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ').map(Number)
  return { ran, waited }
}

/** How many times as long as its work took it, because others had the processor: 1 where nobody had. */
export function stretchSince(before: Scheduled, now: Scheduled): number {
  const ran = now.ran - before.ran
  return ran > 0 ? 1 + (now.waited - before.waited) / ran : 1
}
