import { isJid, parseJid } from '@parlour/jid'
import {
  type AuthenticationSuccess,
  abort2Element,
  authenticateElement,
  isSasl2Element,
  nextElement,
  readAuthenticationOffer,
  readContinue,
  readFailure2,
  readMessage2,
  readSuccess2,
  readUpgradeRequests,
  response2Element,
  SASL2_NAMESPACE,
  taskDataElement,
} from '@parlour/sasl'
import { readStreamManagement, resume, SM_NAMESPACE } from '@parlour/stream-management'
import type { Element } from '@parlour/xml'
import { STREAM_NAMESPACE } from '@parlour/xml-stream'
import type { Environment } from './environment.ts'
import { establish } from './initiator-binding.ts'
import { fail } from './initiator-failure.ts'
import { goTo } from './initiator-steps.ts'
import type { InitiatorStream, Resumption } from './initiator-stream.ts'
import type { InitiatorInput, InitiatorStep } from './initiator-types.ts'
import type { Sasl2InitiatorInput, Sasl2InitiatorState } from './sasl2-initiator-types.ts'
import { BIND2_NAMESPACE, bind2Element, enabledIn, readInlineOffer } from './sasl2-inline.ts'
import { AUTHENTICATED, BOUND, SECURE } from './stream-bits.ts'

/** Begins SASL2 if these features offer it, TLS stands, and it is wanted; undefined otherwise (XEP-0388 §2.1). */
export function beginSasl2(stream: InitiatorStream, features: Element): InitiatorStep | undefined {
  const element = features.child('authentication', SASL2_NAMESPACE)
  if (!element || !stream.policy.sasl2 || !(stream.bits & SECURE) || stream.bits & AUTHENTICATED) return undefined
  const offer = readAuthenticationOffer(element)
  if (offer.mechanisms.length === 0) return undefined
  const inline = readInlineOffer(offer.inline)
  return goTo({ name: 'awaiting-sasl2-start', stream, offer, inline }, { type: 'begin-sasl2', features, offer, inline })
}

type In<Name extends Sasl2InitiatorState['name']> = Extract<Sasl2InitiatorState, { name: Name }>
type Exchanging = In<'awaiting-sasl2-task-verdict' | 'awaiting-sasl2-task'>
type InputOf<Type extends Sasl2InitiatorInput['type']> = Extract<Sasl2InitiatorInput, { type: Type }>
type Steps = {
  readonly [Name in Sasl2InitiatorState['name']]: (
    state: In<Name>,
    input: InitiatorInput,
    env: Environment,
  ) => InitiatorStep
}

/** One step of SASL2, by state. */
export const SASL2_INITIATOR_STEPS: Steps = {
  'awaiting-sasl2-start': (state, input) => {
    if (input.type === 'sasl2-start') return start(state, input)
    return input.type === 'sasl2-failure' ? fail('authentication-failed', { cause: input.cause }) : unexpected()
  },
  'awaiting-sasl2-answer': (state, input) =>
    input.type === 'element' && isSasl2Element(input.element) ? takeAnswer(state, input.element) : unexpected(),
  'awaiting-sasl2-reply': (state, input) => {
    if (input.type === 'sasl2-reply')
      return goTo({ ...state, name: 'awaiting-sasl2-answer' }, { type: 'send', element: response2Element(input.data) })
    return input.type === 'sasl2-failure' ? giveUp(input.cause) : unexpected()
  },
  'awaiting-sasl2-verdict': ({ stream, success }, input) => {
    if (input.type === 'sasl2-verified') return succeed(stream, success)
    return input.type === 'sasl2-failure' ? fail('authentication-failed', { cause: input.cause }) : unexpected()
  },
  'awaiting-sasl2-task-verdict': (state, input) => {
    if (input.type === 'sasl2-verified') return beginTask(state, state.task)
    return input.type === 'sasl2-failure' ? giveUp(input.cause) : unexpected()
  },
  'awaiting-sasl2-task': (state, input) =>
    input.type === 'element' && isSasl2Element(input.element) ? takeTaskAnswer(state, input.element) : unexpected(),
  'awaiting-sasl2-task-reply': (state, input) => {
    if (input.type === 'sasl2-failure') return giveUp(input.cause)
    if (input.type !== 'sasl2-task-reply') return unexpected()
    const element = taskDataElement(...input.content)
    return goTo({ ...state, name: 'awaiting-sasl2-task', isAnswered: true }, { type: 'send', element })
  },
  'awaiting-bound-features': ({ stream, bound }, input) =>
    input.type === 'element' && input.element.is('features', STREAM_NAMESPACE)
      ? establish({ ...stream, features: input.element }, bound.jid, bound)
      : unexpected(),
}

const unexpected = (): InitiatorStep => fail('unexpected-element')

const giveUp = (cause: unknown): InitiatorStep =>
  fail('authentication-failed', { cause, first: [{ type: 'send', element: abort2Element() }] })

function start({ stream, offer, inline }: In<'awaiting-sasl2-start'>, input: InputOf<'sasl2-start'>): InitiatorStep {
  const { resume: wanted, sasl2 } = stream.policy
  const { mechanism, initialResponse } = input
  const element = authenticateElement({
    mechanism,
    initialResponse,
    userAgent: sasl2?.userAgent,
    inline: [
      ...input.inline,
      ...(wanted && inline.resumption ? [resume(wanted)] : []),
      ...(sasl2?.bind && inline.binding ? [bind2Element(sasl2.bind, inline.binding)] : []),
    ],
  })
  const upgrades = readUpgradeRequests(input)
  return goTo({ name: 'awaiting-sasl2-answer', stream, offer, inline, upgrades }, { type: 'send', element })
}

function takeAnswer(state: In<'awaiting-sasl2-answer'>, element: Element): InitiatorStep {
  const { stream, offer, inline, upgrades } = state
  switch (element.name) {
    case 'challenge': {
      const data = readMessage2(element)
      if (typeof data === 'string') return giveUp(new TypeError(`a challenge is ${data}`))
      return goTo({ ...state, name: 'awaiting-sasl2-reply' }, { type: 'sasl2-challenge', data })
    }
    case 'success': {
      const success = readSuccess2(element)
      if (typeof success === 'string') return unexpected()
      const { additionalData: data } = success
      return goTo({ ...state, name: 'awaiting-sasl2-verdict', success }, { type: 'verify-sasl2', data })
    }
    case 'failure':
      return goTo(
        { name: 'awaiting-sasl2-start', stream, offer, inline },
        { type: 'sasl2-refused', ...readFailure2(element) },
      )
    case 'continue': {
      const chosen = chooseTask(element, upgrades)
      if ('error' in chosen) return giveUp(chosen.error)
      const { task, data } = chosen
      return goTo({ ...state, name: 'awaiting-sasl2-task-verdict', task }, { type: 'verify-sasl2', data })
    }
    default:
      return unexpected()
  }
}

/** Of the tasks that the server offers, one that was asked for and is not done (XEP-0388 §2.6.3); others are not known here. */
function chooseTask(
  element: Element,
  upgrades: readonly string[] = [],
): { readonly task: string; readonly data: Uint8Array | undefined } | { readonly error: Error } {
  const asked = readContinue(element)
  if (typeof asked === 'string') return { error: new TypeError(`what the server wants is ${asked}`) }
  const task = asked.tasks.find((name) => upgrades.includes(name))
  if (task !== undefined) return { task, data: asked.additionalData }
  const wanted = [...asked.tasks, asked.text].filter(Boolean).join(' ')
  return { error: new Error(`the server wants more for signing in: ${wanted}`) }
}

function beginTask({ stream, offer, inline, upgrades = [] }: Exchanging, task: string): InitiatorStep {
  const left = upgrades.filter((name) => name !== task)
  const state = { name: 'awaiting-sasl2-task', stream, offer, inline, upgrades: left, task, isAnswered: false } as const
  return goTo(state, { type: 'send', element: nextElement(task) })
}

/** Who the server is, is known by now. */
function takeTaskAnswer(state: In<'awaiting-sasl2-task'>, element: Element): InitiatorStep {
  const { stream, upgrades, task, isAnswered } = state
  switch (element.name) {
    case 'task-data': {
      if (isAnswered) return giveUp(new Error(`the server does not come to an end with ${task}`))
      const content = element.elements()
      return goTo({ ...state, name: 'awaiting-sasl2-task-reply' }, { type: 'sasl2-task', task, content })
    }
    case 'continue': {
      const chosen = chooseTask(element, upgrades)
      return 'error' in chosen ? giveUp(chosen.error) : beginTask(state, chosen.task)
    }
    case 'success': {
      const success = readSuccess2(element)
      return typeof success === 'string' ? unexpected() : succeed(stream, success)
    }
    case 'failure': {
      const { condition, text } = readFailure2(element)
      return fail('authentication-failed', {
        cause: new Error([`${task}: ${condition}`, text].filter(Boolean).join(', ')),
      })
    }
    default:
      return unexpected()
  }
}

/** No restart: the session goes on, a resource is bound, or the features of the authenticated stream follow (XEP-0388 §2.6.1). */
function succeed(before: InitiatorStream, { authorizationIdentifier, results }: AuthenticationSuccess): InitiatorStep {
  const resumption = resumptionOf(before, results)
  const stream = { ...before, bits: before.bits | AUTHENTICATED, resumption }
  const told = { type: 'sasl2-results', results } as const
  const { resume: wanted } = before.policy
  if (resumption?.type === 'resumed' && wanted) return first(told, establish(stream, wanted.jid))
  const bound = results.find((each) => each.is('bound', BIND2_NAMESPACE))
  if (!bound) return goTo({ name: 'awaiting-features', stream: { ...stream, features: undefined } }, told)
  const jid = isJid(authorizationIdentifier) ? parseJid(authorizationIdentifier) : undefined
  if (!jid?.isFull || jid.local === '') return fail('invalid-address')
  const requested = before.policy.sasl2?.bind?.features ?? []
  const features = requested.map(({ feature }) => feature).filter((feature) => offered(before).has(feature))
  return goTo(
    {
      name: 'awaiting-bound-features',
      stream: { ...stream, bits: stream.bits | BOUND },
      bound: { jid, enabled: enabledIn(bound), features },
    },
    told,
  )
}

/** What binding could do along. */
function offered({ features }: InitiatorStream): ReadonlySet<string> {
  const element = features?.child('authentication', SASL2_NAMESPACE)
  return (element && readInlineOffer(readAuthenticationOffer(element).inline).binding) ?? new Set()
}

function resumptionOf({ policy }: InitiatorStream, results: readonly Element[]): Resumption | undefined {
  const element = results.find(({ namespace }) => namespace === SM_NAMESPACE)
  const answer = element && readStreamManagement(element)
  if (answer?.kind === 'resumed' && answer.previd === policy.resume?.previd) return { type: 'resumed', h: answer.h }
  if (answer?.kind !== 'failed') return undefined
  const { condition, text, h } = answer
  return { type: 'failed', failure: { condition, text, h } }
}

function first(output: InitiatorStep['outputs'][number], { state, outputs }: InitiatorStep): InitiatorStep {
  return { state, outputs: [output, ...outputs] }
}
