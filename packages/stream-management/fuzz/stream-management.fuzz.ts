/**
 * Feeds readStreamManagement and both machines with elements of any names, attributes and content, and a session with
 * any counts: `node --conditions=@parlour/source packages/stream-management/fuzz/stream-management.fuzz.ts
 * --seconds 10 [--seed N]`. Exits 1 with the input when something throws, a count leaves its range, the queue loses or
 * doubles an item, one input takes too long, or memory grows.
 */
import { fuzzing } from '@parlour/testing'
import { Element, el } from '@parlour/xml'
import { StreamError } from '@parlour/xml-stream'
import {
  createStreamManagementAcceptor,
  createStreamManagementInitiator,
  readStreamManagement,
  SM_NAMESPACE,
  type StreamManagementAcceptorInput,
  type StreamManagementAcceptorState,
  StreamManagementSender,
  stepStreamManagementAcceptor,
  stepStreamManagementInitiator,
} from '../src/index.ts'

const { pick, random, run } = fuzzing()

const NAMES = ['a', 'r', 'enable', 'enabled', 'resume', 'resumed', 'failed', 'sm', 'x', '__proto__', 'toString']
const COUNTS = ['0', '1', '2', '3', '4294967295', '4294967296', '-1', '1.5', '', ' 7 ', '0x1', 'NaN', '1e3']
const TEXTS = ['true', 'false', '1', '0', 'yes', 'x', '', '[::1]:5222', 'é'.repeat(3000), '日本']
const STANZAS = 'urn:ietf:params:xml:ns:xmpp-stanzas'

interface Input {
  readonly elements: readonly Element[]
  readonly grants: boolean
  readonly start: number
}

function makeElement(): Element {
  const attributes: Record<string, string> = {}
  if (random(4) > 0) attributes.h = random(3) === 0 ? String(random(2 ** 32)) : pick(COUNTS)
  for (const name of ['previd', 'id', 'resume', 'max', 'location']) {
    if (random(2) === 0) attributes[name] = random(2) === 0 ? pick(TEXTS) : pick(COUNTS)
  }
  const child = pick([
    undefined,
    undefined,
    'text',
    el('conflict', STANZAS),
    el('text', STANZAS, {}, 'words'),
    el('y', 'z'),
  ])
  const namespace = random(20) === 0 ? 'urn:xmpp:sm:2' : SM_NAMESPACE
  return new Element(pick(NAMES), namespace, attributes, child === undefined ? [] : [child])
}

function make(): Input {
  const elements = Array.from({ length: random(12) }, makeElement)
  return { elements, grants: random(2) === 0, start: pick([0, 2 ** 32 - 3]) }
}

function check(holds: boolean, claim: string): void {
  if (!holds) throw new Error(claim)
}

const isCount = (h: number) => Number.isInteger(h) && h >= 0 && h < 2 ** 32

function checkRead(element: Element): void {
  const read = readStreamManagement(element)
  check((read === undefined) === (element.namespace !== SM_NAMESPACE), 'read exactly when it is of the namespace')
  if (read !== undefined && 'h' in read && read.h !== undefined) check(isCount(read.h), 'h is an unsigned int')
  if (read !== undefined && 'max' in read && read.max !== undefined) check(read.max > 0, 'max is positive')
}

/** What a driver answers at once to what the accepting machine asks for. */
function decision(state: StreamManagementAcceptorState, grants: boolean): StreamManagementAcceptorInput | undefined {
  if (state.name !== 'awaiting-grant' && state.name !== 'awaiting-session') return undefined
  if (!grants) return { type: 'refuse', failure: { condition: 'item-not-found', h: 1 } }
  return state.name === 'awaiting-grant'
    ? { type: 'grant', grant: { resume: true, id: 'x' } }
    : { type: 'resume', h: 1 }
}

function accept({ elements, grants }: Input): void {
  let state = createStreamManagementAcceptor({ resumption: true, binding: false })
  for (const [index, element] of elements.entries()) {
    if (index === 1 && state.name === 'awaiting-authentication') {
      state = stepStreamManagementAcceptor(state, { type: 'authenticated' }).state
    }
    const step = stepStreamManagementAcceptor(state, { type: 'element', element })
    for (const output of step.outputs) if (output.type === 'send') output.element.toString()
    const answer = decision(step.state, grants)
    state = answer === undefined ? step.state : stepStreamManagementAcceptor(step.state, answer).state
  }
}

function initiate({ elements, grants }: Input): void {
  const begin = grants
    ? ({ type: 'enable', request: { resume: true } } as const)
    : ({ type: 'resume', point: { previd: 'x', h: 0 } } as const)
  let state = stepStreamManagementInitiator(createStreamManagementInitiator(), begin).state
  for (const element of elements) state = stepStreamManagementInitiator(state, { type: 'element', element }).state
}

/** Ten stanzas, and whatever counts a peer tells: what leaves the queue and what stays are the ten in their order. */
function acknowledge({ elements, start }: Input): void {
  const sender = new StreamManagementSender<number>({ acknowledged: start })
  for (let item = 0; item < 10; item++) sender.sent(item, 1)
  const left: number[] = []
  for (const element of elements) {
    const read = readStreamManagement(element)
    if (read === undefined || !('h' in read) || read.h === undefined) continue
    const items = sender.acknowledge(read.h)
    if (!(items instanceof StreamError)) left.push(...items)
    check(isCount(sender.acknowledged) && isCount(sender.sendCount), 'the counts stay in their range')
  }
  check([...left, ...sender.unacknowledged()].join() === '0,1,2,3,4,5,6,7,8,9', 'each item is there once, in order')
}

function attempt(input: Input): void {
  for (const element of input.elements) checkRead(element)
  accept(input)
  initiate(input)
  acknowledge(input)
}

const print = ({ elements, ...rest }: Input) => `${JSON.stringify(rest)} ${elements.join(' ')}`
console.log(`${await run({ make, attempt, print })} inputs`)
