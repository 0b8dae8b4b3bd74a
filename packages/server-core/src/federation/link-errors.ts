import { FederationError } from './federation-error.ts'

/** Why a link does not take or keep a stanza, in words for its sender. */
export const linkErrors = {
  closed: () => new FederationError('closed', 'this server stops'),
  full: (remote: string) => new FederationError('queue-full', `too much waits for ${remote}`),
  ended: (remote: string) => new FederationError('connection-lost', `the stream to ${remote} ended`),
  tooLarge: (remote: string, bytes: number | undefined) =>
    new FederationError('stanza-too-large', `${remote} takes stanzas of at most ${bytes} bytes`),
  unconfirmed: (remote: string, reason: string | undefined) =>
    new FederationError(
      'connection-lost',
      `${remote} did not confirm this stanza, which may have arrived: ${reason ?? 'the stream ended'}`,
    ),
  expired: (remote: string, milliseconds: number, last: FederationError | undefined, isSent = false) => {
    const reason = last ? `: ${last.message}` : ''
    const fault = isSent ? 'did not acknowledge this stanza, which may have arrived,' : 'was not reached'
    return new FederationError('timeout', `${remote} ${fault} within ${milliseconds / 1000} s${reason}`)
  },
} as const
