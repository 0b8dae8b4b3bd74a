import { offersStreamManagement, readStreamManagement, resume } from '@parlour/stream-management'
import type { Element } from '@parlour/xml'
import type { Environment } from './environment.ts'
import { establish, requestBinding } from './initiator-binding.ts'
import { fail } from './initiator-failure.ts'
import { goTo } from './initiator-steps.ts'
import type { InitiatorStream } from './initiator-stream.ts'
import type { InitiatorStep } from './initiator-types.ts'

/** Whether the session is to be resumed now: it is wanted, offered, and not yet tried. */
export function mayResume(stream: InitiatorStream, features: Element): boolean {
  return stream.policy.resume !== undefined && stream.resumption === undefined && offersStreamManagement(features)
}

/** Asks for the former session, instead of a resource (XEP-0198 §5). */
export function requestResumption(stream: InitiatorStream): InitiatorStep {
  const { resume: wanted } = stream.policy
  if (!wanted) return fail('unexpected-element')
  return goTo({ name: 'awaiting-resumed', stream }, { type: 'send', element: resume(wanted) })
}

/** Takes the answer; after a failure a resource is bound on the same stream. */
export function takeResumptionAnswer(stream: InitiatorStream, element: Element, env: Environment): InitiatorStep {
  const answer = readStreamManagement(element)
  const { resume: wanted } = stream.policy
  if (answer?.kind === 'resumed' && answer.previd === wanted?.previd)
    return establish({ ...stream, resumption: { type: 'resumed', h: answer.h } }, wanted.jid)
  if (answer?.kind !== 'failed') return fail('unexpected-element')
  const { condition, text, h } = answer
  return requestBinding({ ...stream, resumption: { type: 'failed', failure: { condition, text, h } } }, env)
}
