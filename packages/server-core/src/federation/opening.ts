import { NegotiationError } from '@parlour/stream-negotiation'
import type { Connection } from '@parlour/transport'
import { createAbortController, type Signal } from './abort.ts'
import type { FederationContext } from './federation-context.ts'
import { FederationError } from './federation-error.ts'
import type { OutgoingStep } from './outgoing-negotiation.ts'
import { OutgoingStream } from './outgoing-stream.ts'
import type { ServerConnector, ServerNames, ServerTarget } from './server-connector.ts'

/** A step on the way to another server. */
export type OpeningStep =
  | { readonly type: 'located'; readonly targets: readonly ServerTarget[] }
  | { readonly type: 'connecting'; readonly target: ServerTarget }
  | { readonly type: 'connected'; readonly target: ServerTarget; readonly remoteAddress: string }
  | { readonly type: 'target-failed'; readonly target: ServerTarget; readonly error: FederationError }
  /** The peer closed instead of taking our certificate: once more, without it. */
  | { readonly type: 'external-refused'; readonly target: ServerTarget; readonly error: FederationError }
  | OutgoingStep

/** What an opening is for. */
export interface OpeningRequest extends ServerNames {
  readonly purpose: 'stanzas' | 'verify'
  readonly signal: Signal
  observe?(step: OpeningStep): void
}

/** Endpoints of one domain that are tried at most. */
const MAX_TARGETS = 8

/**
 * Finds the servers of a domain and opens a stream to the first that can be had. Rejects with a {@link FederationError},
 * that of the endpoint which came furthest, or the last.
 */
export async function openStream(
  request: OpeningRequest,
  connector: ServerConnector,
  context: FederationContext,
): Promise<OutgoingStream> {
  const targets = await locate(request, connector, context)
  request.observe?.({ type: 'located', targets })
  let failure: FederationError | undefined
  const { environment, limits } = context
  const latest = environment.now() + limits.negotiationTimeout
  for (const target of targets.slice(0, MAX_TARGETS)) {
    // Others wait for the place of this attempt: eight endpoints that say nothing must not hold it eight times as long.
    if (failure && environment.now() >= latest) break
    try {
      return await openTo(target, request, connector, context)
    } catch (cause) {
      const error = asFederationError(cause, `${request.remote} could not be reached`)
      if (request.signal.aborted || error.code === 'closed') throw error
      request.observe?.({ type: 'target-failed', target, error })
      failure = furthest(failure, error)
    }
  }
  throw failure ?? new FederationError('not-found', `${request.remote} has no server that could be tried`)
}

/** A peer that closes on a certificate it does not like may still take dialback (XEP-0178 §3 step 11). */
async function openTo(
  target: ServerTarget,
  request: OpeningRequest,
  connector: ServerConnector,
  context: FederationContext,
): Promise<OutgoingStream> {
  const external = context.policy.security(request.remote) !== 'dialback'
  try {
    return await attempt(target, request, external, connector, context)
  } catch (error) {
    if (!external || !isExternalRefused(error) || request.purpose === 'verify' || request.signal.aborted) throw error
    request.observe?.({ type: 'external-refused', target, error })
    return attempt(target, request, false, connector, context)
  }
}

async function attempt(
  target: ServerTarget,
  request: OpeningRequest,
  external: boolean,
  connector: ServerConnector,
  context: FederationContext,
): Promise<OutgoingStream> {
  const { local, remote, purpose, observe } = request
  request.observe?.({ type: 'connecting', target })
  const connection = await connect(target, request, connector, context)
  request.observe?.({ type: 'connected', target, remoteAddress: connection.remoteAddress })
  const stream = new OutgoingStream(
    connection,
    { local, remote, purpose, external, ...(observe && { observe }) },
    context,
  )
  const aborted = () => stream.abort(new FederationError('closed', 'the server stops'))
  if (request.signal.aborted) aborted()
  request.signal.addEventListener('abort', aborted)
  await stream.established.finally(() => request.signal.removeEventListener('abort', aborted))
  return stream
}

function isExternalRefused(error: unknown): error is FederationError {
  const cause = error instanceof FederationError ? error.cause : undefined
  return cause instanceof NegotiationError && cause.code === 'authentication-failed'
}

const LOCATION_CODES: ReadonlyMap<unknown, 'not-found' | 'not-offered' | 'dns-failed'> = new Map([
  ['not-found', 'not-found'],
  ['not-offered', 'not-offered'],
])

async function locate(
  { remote, signal }: OpeningRequest,
  connector: ServerConnector,
  context: FederationContext,
): Promise<readonly ServerTarget[]> {
  try {
    return await bounded((inner) => connector.locate(remote, inner), signal, context)
  } catch (cause) {
    if (cause instanceof FederationError) throw cause
    const code = LOCATION_CODES.get((cause as { code?: unknown } | undefined)?.code) ?? 'dns-failed'
    throw new FederationError(code, `${remote} was not found: ${messageOf(cause)}`, { cause })
  }
}

async function connect(
  target: ServerTarget,
  { local, remote, signal }: OpeningRequest,
  connector: ServerConnector,
  context: FederationContext,
): Promise<Connection> {
  try {
    return await bounded((inner) => connector.connect(target, { local, remote }, inner), signal, context)
  } catch (cause) {
    if (cause instanceof FederationError) throw cause
    const { host, port } = target
    const code = (cause as { code?: unknown } | undefined)?.code === 'tls' ? 'tls' : 'unreachable'
    throw new FederationError(code, `${remote} could not be reached at ${host}:${port}: ${messageOf(cause)}`, { cause })
  }
}

/** Aborts what takes too long, or what is no longer wanted. A connection that comes too late is dropped. */
async function bounded<Value>(
  work: (signal: Signal) => Promise<Value>,
  signal: Signal,
  { environment, limits }: FederationContext,
): Promise<Value> {
  const controller = createAbortController()
  let stop!: (error: FederationError) => void
  const stopped = new Promise<never>((_, reject) => {
    stop = reject
  })
  const giveUp = (error: FederationError) => {
    stop(error)
    controller.abort(error)
  }
  const cancel = environment.setTimer(limits.connectTimeout, () =>
    giveUp(new FederationError('timeout', `no answer within ${limits.connectTimeout / 1000} s`)),
  )
  const aborted = () => giveUp(new FederationError('closed', 'the server stops'))
  signal.addEventListener('abort', aborted)
  const working = work(controller.signal)
  try {
    return await Promise.race([working, stopped])
  } catch (error) {
    void working.then(dropLate, () => {})
    throw error
  } finally {
    cancel()
    signal.removeEventListener('abort', aborted)
  }
}

function dropLate(value: unknown): void {
  const { destroy } = value as Partial<Connection>
  if (typeof destroy === 'function') (value as Connection).destroy()
}

/** Certificates and authentication tell more than a port where nobody listens. */
const FURTHER: readonly string[] = [
  'authentication',
  'dialback-invalid',
  'authentication-delayed',
  'certificate',
  'stream-refused',
  'stream-error',
  'tls',
]

function furthest(before: FederationError | undefined, error: FederationError): FederationError {
  if (!before) return error
  const rank = ({ code }: FederationError) => (FURTHER.includes(code) ? FURTHER.length - FURTHER.indexOf(code) : 0)
  return rank(before) > rank(error) ? before : error
}

export function asFederationError(cause: unknown, text: string): FederationError {
  return cause instanceof FederationError
    ? cause
    : new FederationError('connection-lost', `${text}: ${messageOf(cause)}`, { cause })
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
