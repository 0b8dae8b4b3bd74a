import type { Stanza, StanzaError } from '@parlour/stanza'
import type { Storage, Write } from '@parlour/storage'
import type { Environment } from '@parlour/stream-negotiation'
import type { Connection } from '@parlour/transport'
import type { Accounts } from '../accounts.ts'
import type { Logger } from '../logger.ts'
import type { OpenStreams } from '../open-streams.ts'
import type { Router } from '../router.ts'
import { readSecret } from '../secret.ts'
import { Federation } from './federation.ts'
import { answerLate } from './late-answers.ts'
import type { FederationOptions } from './options.ts'
import { Outbox } from './outbox.ts'

/** What of the kernel federation is joined with. */
export interface FederatedKernel {
  readonly environment: Environment
  readonly router: Router
  readonly streams: OpenStreams
  readonly commit: (writes: readonly Write[]) => Promise<void>
  readonly accounts: Accounts
  reportError(cause: unknown): void
  internalError(error: unknown, stanza: Stanza): StanzaError
}

/** Makes the federation of a kernel. */
export function joinFederation(
  options: FederationOptions,
  kernel: FederatedKernel,
  { storage, log }: { readonly storage: Storage; readonly log: Logger },
  nextId: (at: number) => string,
): Federation {
  const { environment, router, streams } = kernel
  const dialbackSecret = once(() => readDialbackSecret(storage, router, environment))
  const isOwn = (domain: string) => router.domainKind(domain) !== 'remote'
  const parts = {
    environment,
    isOwn,
    receive: router.routeAhead.bind(router),
    bounce: router.bounce.bind(router),
    bounceLate: (stanza: Stanza, error: StanzaError) => {
      const done = answerLate(stanza, error, kernel)
      return done instanceof Promise ? streams.track(done) : done
    },
    internalError: (error: unknown, stanza: Stanza) => kernel.internalError(error, stanza),
    reportError: (cause: unknown) => kernel.reportError(cause),
    opened: streams.opened.bind(streams),
    gone: streams.gone.bind(streams),
    outbox: new Outbox({ environment, storage, log, commit: kernel.commit, nextId, isServed: isOwn }),
    dialbackSecret,
  }
  return new Federation(options, parts, log)
}

/** Does it once for all who ask; after a failure again for who asks next. */
function once<Value>(work: () => Promise<Value>): () => Promise<Value> {
  let result: Promise<Value> | undefined
  return () => {
    result ??= work().catch((error: unknown) => {
      result = undefined
      throw error
    })
    return result
  }
}

/** One for all domains of the server, kept so that keys made before a restart are still known after it. */
async function readDialbackSecret(storage: Storage, router: Router, environment: Environment): Promise<string> {
  const [first = ''] = [...router.hosts()].map(({ domain }) => domain).sort()
  const octets = await readSecret(storage, first, (length) => environment.randomBytes(length), 'dialback')
  return [...octets].map((octet) => octet.toString(16).padStart(2, '0')).join('')
}

/**
 * Serves a connection that another server made. `kernel` has to be made with {@link FederationOptions}; without, the
 * connection is dropped.
 */
export function acceptServerStream(
  connection: Connection,
  kernel: { readonly federation: Federation | undefined },
): void {
  if (kernel.federation) kernel.federation.accept(connection)
  else connection.destroy()
}
