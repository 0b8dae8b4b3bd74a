import { ClientError } from '@parlour/client-core'

/** For what may be lost with its stream. */
export function ignoreDisconnection(error: unknown): void {
  if (!(error instanceof ClientError)) throw error
}
