/** Counts since the start. */
export interface Counters {
  connections: number
  signedIn: number
  failedSignIns: number
  messages: number
  presences: number
  iqs: number
  /** Streams that this side ended with an error. */
  streamErrors: number
  internalErrors: number
}

export const zeroCounters = (): Counters => ({
  ...{ connections: 0, signedIn: 0, failedSignIns: 0, messages: 0, presences: 0, iqs: 0 },
  ...{ streamErrors: 0, internalErrors: 0 },
})
