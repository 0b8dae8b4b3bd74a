import { FederationError } from './federation-error.ts'

/** Why a link does not take or keep a stanza, in words for its sender. */
export const linkErrors = {
  closed: () => new FederationError('closed', 'this server stops'),
  full: (remote: string) => new FederationError('queue-full', `too much waits for ${remote}`),
  ended: (remote: string) => new FederationError('connection-lost', `the stream to ${remote} ended`),
  tooLarge: (remote: string, bytes: number | undefined) =>
    new FederationError('stanza-too-large', `${remote} takes stanzas of at most ${bytes} bytes`),
  expired: (remote: string, milliseconds: number, last: FederationError | undefined) => {
    const reason = last ? `: ${last.message}` : ''
    return new FederationError('timeout', `${remote} was not reached within ${milliseconds / 1000} s${reason}`)
  },
} as const
