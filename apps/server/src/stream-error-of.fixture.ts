import type { Client } from '@parlour/client'
import { StreamError } from '@parlour/xml-stream'

/** Resolves with the condition of the stream error that ends a client. */
export const streamErrorOf = (client: Client): Promise<string | undefined> =>
  new Promise((resolve) => {
    client.onState((state) => {
      if (state.status !== 'closed') return
      let cause: unknown = state.error
      while (cause instanceof Error && !(cause instanceof StreamError)) cause = cause.cause
      resolve((cause as StreamError | undefined)?.condition)
    })
  })
