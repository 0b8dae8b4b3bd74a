import { type MaybePromise, rescue } from '../maybe-promise.ts'
import { type MechanismName, SCRAM_VARIANTS } from '../mechanism.ts'
import { type AwaitingTrace, stepAnonymous } from './anonymous.ts'
import type { ServerContext, ServerStep } from './context.ts'
import { type AwaitingExternal, stepExternal } from './external.ts'
import { backEndFailure } from './outcome.ts'
import { type AwaitingPlain, stepPlain } from './plain.ts'
import { type AwaitingClientFinal, type AwaitingClientFirst, stepClientFinal, stepClientFirst } from './scram.ts'

/** Where a server's exchange stands, named for the message that it waits for. */
export type ServerState = AwaitingClientFirst | AwaitingClientFinal | AwaitingPlain | AwaitingExternal | AwaitingTrace

/** The state in which an exchange begins. */
export function initialState(mechanism: MechanismName): ServerState {
  const variant = SCRAM_VARIANTS[mechanism]
  if (variant) return { waitsFor: 'scram-client-first', mechanism, variant }
  if (mechanism === 'PLAIN') return { waitsFor: 'plain-message' }
  return mechanism === 'EXTERNAL' ? { waitsFor: 'external-authzid' } : { waitsFor: 'anonymous-trace' }
}

function dispatch(
  state: ServerState,
  message: Uint8Array,
  context: ServerContext,
): MaybePromise<ServerStep<ServerState>> {
  switch (state.waitsFor) {
    case 'scram-client-first':
      return stepClientFirst(state, message, context)
    case 'scram-client-final':
      return stepClientFinal(state, message, context)
    case 'plain-message':
      return stepPlain(state, message, context)
    case 'external-authzid':
      return stepExternal(state, message, context)
    case 'anonymous-trace':
      return stepAnonymous(state, message, context)
  }
}

/** The machine of all server mechanisms. What a port throws becomes `temporary-auth-failure`. */
export const stepServer = (
  state: ServerState,
  message: Uint8Array,
  context: ServerContext,
): MaybePromise<ServerStep<ServerState>> =>
  rescue<ServerStep<ServerState>>(
    () => dispatch(state, message, context),
    (cause) => ({ output: backEndFailure(cause) }),
  )
