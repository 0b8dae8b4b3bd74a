import { isJid, parseJid } from '@parlour/jid'
import {
  challenge2Element,
  continueElement,
  failure2Element,
  isSasl2Element,
  readAuthenticationRequest,
  readMessage2,
  type SaslCondition,
  success2Element,
  taskDataElement,
} from '@parlour/sasl'
import { mayAuthenticate } from '@parlour/tls-negotiation'
import type { Element } from '@parlour/xml'
import { refuse } from './closing.ts'
import { featuresOf } from './receiver-features.ts'
import { afterFailure, awaitNegotiation, goTo } from './receiver-steps.ts'
import type { ReceiverInput, ReceiverOutput, ReceiverStep, ReceiverStream } from './receiver-types.ts'
import type { Activation, Proven, Sasl2Outcome, Sasl2State, TaskOutcome } from './sasl2-receiver-types.ts'
import { AUTHENTICATED, BOUND, SECURE } from './stream-bits.ts'

/** Takes an element of SASL2 while no exchange is under way (XEP-0388 §2.3). */
export function takeSasl2(stream: ReceiverStream, element: Element): ReceiverStep {
  if (stream.account) return refuse('not-authorized', 'already authenticated') // §4.8
  if (!stream.host?.takesSasl2) return refuse('unsupported-stanza-type')
  if (!mayAuthenticate(stream.tls) || !(stream.bits & SECURE)) return fail(stream, 'encryption-required')
  if (element.name === 'abort') return fail(stream, 'aborted')
  if (element.name !== 'authenticate') return fail(stream, 'malformed-request')
  const request = readAuthenticationRequest(element)
  if (typeof request === 'string') return fail(stream, request)
  return goTo({ name: 'awaiting-sasl2-outcome', stream, request }, { type: 'begin-sasl2', request })
}

type In<Name extends Sasl2State['name']> = Extract<Sasl2State, { name: Name }>
type Steps = { readonly [Name in Sasl2State['name']]: (state: In<Name>, input: ReceiverInput) => ReceiverStep }

/** One step of SASL2: what is neither the client's turn nor the driver's ends the stream (XEP-0388 §2.4). */
export const SASL2_STEPS: Steps = {
  'awaiting-sasl2-outcome': (state, input) => (input.type === 'sasl2' ? conclude(state, input.outcome) : outOfTurn()),
  'awaiting-sasl2-response': (state, input) => takeFromClient(state, input, 'response', respond),
  'awaiting-tasks': (state, input) => (input.type === 'tasks' ? offerTasks(state, input) : outOfTurn()),
  'awaiting-next': (state, input) => takeFromClient(state, input, 'next', chooseTask),
  'awaiting-task-outcome': (state, input) => (input.type === 'task' ? takeTask(state, input.outcome) : outOfTurn()),
  'awaiting-task-data': (state, input) =>
    takeFromClient(state, input, 'task-data', (now, element) => performTask(now, now.task, false, element)),
  'awaiting-activation': (state, input) => (input.type === 'activated' ? succeed(state, input) : outOfTurn()),
}

const outOfTurn = (): ReceiverStep => refuse('policy-violation', 'out of turn')

const send = (element: Element): ReceiverOutput => ({ type: 'send', element })

const fail = (stream: ReceiverStream, condition: SaslCondition, text?: string): ReceiverStep =>
  afterFailure(stream, send(failure2Element(condition, text)))

/** The element that the client has to send now, or `<abort/>`; anything else ends the stream. */
function takeFromClient<State extends Sasl2State>(
  before: State,
  input: ReceiverInput,
  name: string,
  take: (state: State, element: Element) => ReceiverStep,
): ReceiverStep {
  if (input.type !== 'element' || !isSasl2Element(input.element)) return outOfTurn()
  const stream = { ...before.stream, elements: before.stream.elements + 1 }
  if (stream.elements > stream.policy.maxNegotiationElements) return refuse('policy-violation', 'too many elements')
  if (input.element.name === name) return take({ ...before, stream }, input.element)
  if (input.element.name !== 'abort') return outOfTurn()
  const { state, outputs } = fail(stream, 'aborted')
  return { state, outputs: [{ type: 'abort-sasl2' }, ...outputs] }
}

function respond({ stream, request }: In<'awaiting-sasl2-response'>, element: Element): ReceiverStep {
  const message = readMessage2(element)
  return typeof message === 'string'
    ? fail(stream, message)
    : goTo({ name: 'awaiting-sasl2-outcome', stream, request }, { type: 'continue-sasl2', message })
}

function conclude({ stream, request }: In<'awaiting-sasl2-outcome'>, outcome: Sasl2Outcome): ReceiverStep {
  if (outcome.type === 'failure') return fail(stream, outcome.condition, outcome.text)
  if (outcome.type === 'challenge')
    return goTo({ name: 'awaiting-sasl2-response', stream, request }, send(challenge2Element(outcome.data)))
  if (!isAuthorizedBy(stream, outcome.authorizationId)) return fail(stream, 'invalid-authzid')
  const account = outcome.account.bare
  return askTasks({ stream, request, account, additionalData: outcome.data, results: [] })
}

/** XEP-0388 §2.3: a non-empty authorization string has to be that of the stream's `from`, if there is one. */
function isAuthorizedBy({ from }: ReceiverStream, authorizationId: string | undefined): boolean {
  if (!from || !authorizationId) return true
  return isJid(authorizationId) && parseJid(authorizationId).bare.equals(from)
}

function askTasks(proven: Proven): ReceiverStep {
  const { account, request } = proven
  return goTo({ ...proven, name: 'awaiting-tasks' }, { type: 'ask-tasks', account, request })
}

/** XEP-0388 §2.6.3: `<continue/>` as long as anything is left to do; then what was asked for besides. */
function offerTasks(state: In<'awaiting-tasks'>, input: Extract<ReceiverInput, { type: 'tasks' }>): ReceiverStep {
  const { account, request, additionalData } = state
  const { names: tasks, text } = input
  if (tasks.length === 0) return goTo({ ...state, name: 'awaiting-activation' }, { type: 'activate', account, request })
  return goTo(
    { ...state, name: 'awaiting-next', tasks, additionalData: undefined },
    send(continueElement({ additionalData, tasks, text })),
  )
}

function chooseTask(state: In<'awaiting-next'>, element: Element): ReceiverStep {
  const task = element.attribute('task')
  return task !== undefined && state.tasks.includes(task)
    ? performTask(state, task, true, element)
    : fail(state.stream, 'malformed-request', 'no such task')
}

function performTask(proven: Proven, task: string, isFirst: boolean, element: Element): ReceiverStep {
  const { stream, request, account, additionalData, results } = proven
  return goTo(
    { name: 'awaiting-task-outcome', stream, request, account, additionalData, results, task },
    { type: 'perform-task', account, task, isFirst, content: element.elements() },
  )
}

function takeTask(state: In<'awaiting-task-outcome'>, outcome: TaskOutcome): ReceiverStep {
  if (outcome.type === 'failure') return fail(state.stream, outcome.condition, outcome.text)
  if (outcome.type === 'data')
    return goTo({ ...state, name: 'awaiting-task-data' }, send(taskDataElement(...outcome.content)))
  const { stream, request, account, additionalData } = state
  return askTasks({ stream, request, account, additionalData, results: [...state.results, ...outcome.content] })
}

/** XEP-0388 §2.6.1: no restart; the features of the authenticated stream follow at once, unless an earlier one goes on. */
function succeed(state: In<'awaiting-activation'>, activation: Activation): ReceiverStep {
  const { jid, results } = activation
  const { account, additionalData } = state
  const bits = state.stream.bits | AUTHENTICATED | (jid ? BOUND : 0)
  const stream: ReceiverStream = { ...state.stream, account, bits }
  const success = success2Element({
    additionalData,
    authorizationIdentifier: (jid ?? account).toString(),
    results: [...state.results, ...results],
  })
  const features = featuresAfter(stream, activation)
  if (!jid) return awaitNegotiation(stream, send(success), ...features)
  return goTo({ name: 'established', stream }, { type: 'clear-negotiation-timer' }, send(success), ...features, {
    type: 'established',
    jid,
    lang: stream.lang,
  })
}

function featuresAfter(stream: ReceiverStream, { resumed, negotiated = [] }: Activation): ReceiverOutput[] {
  if (resumed || !stream.host) return []
  const { features } = featuresOf(stream, stream.host)
  return [{ type: 'send-features', features: features.filter(({ namespace }) => !negotiated.includes(namespace)) }]
}
