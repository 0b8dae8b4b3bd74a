import { el } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import {
  createStreamManagementAcceptor,
  listsStreamManagement,
  type StreamManagementAcceptorInput,
  type StreamManagementAcceptorOutput,
  type StreamManagementAcceptorState,
  stepStreamManagementAcceptor,
} from './acceptor.ts'
import { acknowledgement, enable, enabled, failed, REQUEST, resume, resumed } from './elements.ts'
import {
  createStreamManagementInitiator,
  type StreamManagementInitiatorInput,
  type StreamManagementInitiatorOutput,
  stepStreamManagementInitiator,
} from './initiator.ts'
import { SM_NAMESPACE } from './namespaces.ts'

type Output = StreamManagementAcceptorOutput | StreamManagementInitiatorOutput
const CLIENTS = { resumption: true, binding: true }
const SERVERS = { resumption: true, binding: false }

/** Outputs as words; what is sent as its text without the namespaces. */
const words = (outputs: readonly Output[]) =>
  outputs.map((output) => {
    if (output.type === 'send') return output.element.toString().replaceAll(/ xmlns='[^']*'/g, '')
    return output.type === 'stream-error' ? `stream-error ${output.error.condition}` : output.type
  })

function accepting(policy = CLIENTS) {
  let state: StreamManagementAcceptorState = createStreamManagementAcceptor(policy)
  const give = (input: StreamManagementAcceptorInput) => {
    const next = stepStreamManagementAcceptor(state, input)
    state = next.state
    return next.outputs
  }
  return {
    get state() {
      return state
    },
    give,
    say: (input: StreamManagementAcceptorInput) => words(give(input)),
    hear: (element: ReturnType<typeof el>) => words(give({ type: 'element', element })),
  }
}

function initiating() {
  let state = createStreamManagementInitiator()
  const give = (input: StreamManagementInitiatorInput) => {
    const next = stepStreamManagementInitiator(state, input)
    state = next.state
    return next.outputs
  }
  return {
    get state() {
      return state
    },
    give,
    say: (input: StreamManagementInitiatorInput) => words(give(input)),
    hear: (element: ReturnType<typeof el>) => words(give({ type: 'element', element })),
  }
}

const UNEXPECTED = '<failed><unexpected-request/></failed>'

describe('accepting entity', () => {
  test('§3: <enable/>, the grant, <enabled/>; each counter starts at its element (§4)', () => {
    const machine = accepting()
    machine.say({ type: 'authenticated' })
    machine.say({ type: 'bound' })
    expect(machine.hear(enable({ resume: true, max: 60 }))).toEqual(['count-handled', 'enable-requested'])
    const outputs = machine.give({ type: 'grant', grant: { resume: true, id: 'x', max: 60 } })
    expect(words(outputs)).toEqual(["<enabled id='x' max='60' resume='true'/>", 'count-sent', 'enabled'])
    expect(machine.state.name).toBe('active')
    expect(machine.hear(REQUEST)).toEqual(['answer-request'])
    expect(machine.give({ type: 'element', element: acknowledgement(4) })).toEqual([{ type: 'acknowledged', h: 4 }])
  })

  test('§3: before authentication and before resource binding, <failed/> with unexpected-request', () => {
    const machine = accepting()
    expect(machine.hear(enable({ resume: false }))).toEqual([UNEXPECTED])
    expect(machine.hear(resume({ previd: 'x', h: 0 }))).toEqual([UNEXPECTED])
    machine.say({ type: 'authenticated' })
    expect(machine.hear(enable({ resume: false }))).toEqual([UNEXPECTED])
    machine.say({ type: 'bound' })
    expect(machine.hear(enable({ resume: false }))).toEqual(['count-handled', 'enable-requested'])
  })

  test('§5: a stream that needs no resource is enabled when it is authenticated', () => {
    const machine = accepting(SERVERS)
    machine.say({ type: 'authenticated' })
    expect(machine.hear(enable({ resume: false }))).toEqual(['count-handled', 'enable-requested'])
  })

  test('§3: a second <enable/> gets <failed/> and ends the stream, also after a refusal', () => {
    for (const answer of [
      { type: 'grant', grant: { resume: false } },
      { type: 'refuse', failure: { condition: 'internal-server-error' } },
    ] as const) {
      const machine = accepting(SERVERS)
      machine.say({ type: 'authenticated' })
      machine.hear(enable({ resume: false }))
      machine.say(answer)
      expect(machine.hear(enable({ resume: false }))).toEqual([UNEXPECTED, 'stream-error policy-violation'])
      expect(machine.hear(REQUEST)).toEqual([])
    }
  })

  test('§3: what was not requested is not granted: resume', () => {
    const machine = accepting(SERVERS)
    machine.say({ type: 'authenticated' })
    machine.hear(enable({ resume: false }))
    const outputs = machine.give({ type: 'grant', grant: { resume: true, id: 'x' } })
    expect(outputs.at(-1)).toEqual({ type: 'enabled', grant: { resume: false, id: 'x' } })
    expect(words(outputs)[0]).toBe("<enabled id='x'/>")
  })

  test('§5: <resume/>, the session found, <resumed/> with our count; theirs is to be acknowledged', () => {
    const machine = accepting()
    machine.say({ type: 'authenticated' })
    const requested = machine.give({ type: 'element', element: resume({ previd: 'x', h: 3 }) })
    expect(requested).toEqual([{ type: 'resume-requested', point: { previd: 'x', h: 3 } }])
    const outputs = machine.give({ type: 'resume', h: 9 })
    expect(words(outputs)).toEqual(["<resumed h='9' previd='x'/>", 'resumed'])
    expect(outputs[1]).toEqual({ type: 'resumed', previd: 'x', h: 3 })
    expect(machine.hear(REQUEST)).toEqual(['answer-request'])
  })

  test('§5: an unknown session is item-not-found with the count where it is known; the client may then bind and enable', () => {
    const machine = accepting()
    machine.say({ type: 'authenticated' })
    machine.hear(resume({ previd: 'x', h: 3 }))
    const refusal = machine.say({ type: 'refuse', failure: { condition: 'item-not-found', h: 7 } })
    expect(refusal).toEqual(["<failed h='7'><item-not-found/></failed>"])
    machine.say({ type: 'bound' })
    expect(machine.hear(enable({ resume: false }))).toEqual(['count-handled', 'enable-requested'])
  })

  test('§5: without resumption, feature-not-implemented', () => {
    const machine = accepting({ resumption: false, binding: true })
    machine.say({ type: 'authenticated' })
    expect(machine.hear(resume({ previd: 'x', h: 0 }))).toEqual(['<failed><feature-not-implemented/></failed>'])
  })

  test('§5: no resumption once a resource is bound, or when enabled', () => {
    const machine = accepting()
    machine.say({ type: 'authenticated' })
    machine.say({ type: 'bound' })
    expect(machine.hear(resume({ previd: 'x', h: 0 }))).toEqual([UNEXPECTED])
    machine.hear(enable({ resume: false }))
    machine.say({ type: 'grant', grant: { resume: false } })
    expect(machine.hear(resume({ previd: 'x', h: 0 }))).toEqual([UNEXPECTED])
  })

  test('§6: a malformed <enable/> or <resume/> is <failed/>; a malformed <a/> ends the stream', () => {
    const machine = accepting(SERVERS)
    machine.say({ type: 'authenticated' })
    const bad = el('enable', SM_NAMESPACE, { resume: 'yes' })
    expect(machine.hear(bad)[0]).toMatch(/^<failed><bad-request\/>/)
    expect(machine.hear(el('resume', SM_NAMESPACE))[0]).toMatch(/^<failed><bad-request\/>/)
    machine.hear(enable({ resume: false }))
    machine.say({ type: 'grant', grant: { resume: false } })
    expect(machine.hear(el('a', SM_NAMESPACE, { h: '-1' }))).toEqual(['stream-error bad-format'])
  })

  test.each([
    ['enabled', enabled({ resume: false })],
    ['resumed', resumed({ previd: 'x', h: 0 })],
    ['failed', failed({ condition: 'conflict' })],
  ])('<%s/> is not for an initiating entity to send', (_, element) => {
    const machine = accepting()
    machine.say({ type: 'authenticated' })
    expect(machine.hear(element)).toEqual(['stream-error bad-format'])
  })

  test('<r/> and <a/> before it is enabled are unexpected', () => {
    const machine = accepting()
    expect(machine.hear(REQUEST)).toEqual([UNEXPECTED])
    expect(machine.hear(acknowledgement(0))).toEqual([UNEXPECTED])
  })

  test('§2: the feature is listed once the peer is authenticated, until it is used', () => {
    const machine = accepting(SERVERS)
    expect(listsStreamManagement(machine.state)).toBe(false)
    machine.say({ type: 'authenticated' })
    expect(listsStreamManagement(machine.state)).toBe(true)
    machine.hear(enable({ resume: false }))
    expect(listsStreamManagement(machine.state)).toBe(false)
  })

  test('what nobody requested cannot be granted: a TypeError of the driver', () => {
    const machine = accepting()
    expect(() => machine.say({ type: 'grant', grant: { resume: false } })).toThrow(TypeError)
    expect(() => machine.say({ type: 'bound' })).toThrow(TypeError)
    machine.say({ type: 'authenticated' })
    machine.hear(resume({ previd: 'x', h: 0 }))
    expect(() => machine.say({ type: 'grant', grant: { resume: false } })).toThrow(TypeError)
  })
})

describe('initiating entity', () => {
  test('§3, §4: <enable/> starts the count of what is sent, <enabled/> that of what is handled', () => {
    const machine = initiating()
    const request = { resume: true, max: 30 }
    expect(machine.say({ type: 'enable', request })).toEqual(["<enable resume='true' max='30'/>", 'count-sent'])
    const grant = { id: 'x', resume: true, max: 20, location: '[::1]:5222' }
    const outputs = machine.give({ type: 'element', element: enabled(grant) })
    expect(outputs).toEqual([{ type: 'count-handled' }, { type: 'enabled', grant }])
    expect(machine.hear(REQUEST)).toEqual(['answer-request'])
    expect(machine.give({ type: 'element', element: acknowledgement(1) })).toEqual([{ type: 'acknowledged', h: 1 }])
  })

  test('§3: at most one attempt to enable', () => {
    const machine = initiating()
    machine.say({ type: 'enable', request: { resume: false } })
    const refusal = failed({ condition: 'unexpected-request' })
    expect(machine.give({ type: 'element', element: refusal })).toMatchObject([
      { type: 'failed', during: 'enable', failure: { condition: 'unexpected-request' } },
    ])
    expect(() => machine.say({ type: 'enable', request: { resume: false } })).toThrow(TypeError)
  })

  test('§5: <resume/> and <resumed/>: h is to be handled like that of <a/>', () => {
    const machine = initiating()
    expect(machine.say({ type: 'resume', point: { previd: 'x', h: 5 } })).toEqual(["<resume h='5' previd='x'/>"])
    const outputs = machine.give({ type: 'element', element: resumed({ previd: 'x', h: 8 }) })
    expect(outputs).toEqual([{ type: 'resumed', h: 8 }])
    expect(machine.state.name).toBe('active')
  })

  test('§5: a failed resumption tells what had arrived, and a new session can be enabled', () => {
    const machine = initiating()
    machine.say({ type: 'resume', point: { previd: 'x', h: 5 } })
    const refusal = failed({ condition: 'item-not-found', h: 8 })
    expect(machine.give({ type: 'element', element: refusal })).toMatchObject([
      { type: 'failed', during: 'resume', failure: { condition: 'item-not-found', h: 8 } },
    ])
    expect(machine.say({ type: 'enable', request: { resume: true } })).toEqual([
      "<enable resume='true'/>",
      'count-sent',
    ])
  })

  test('§5: <resumed/> of another session ends the stream', () => {
    const machine = initiating()
    machine.say({ type: 'resume', point: { previd: 'x', h: 5 } })
    expect(machine.hear(resumed({ previd: 'y', h: 8 }))).toEqual(['stream-error policy-violation'])
    expect(machine.hear(resumed({ previd: 'x', h: 8 }))).toEqual([])
  })

  test.each([
    ['idle', enabled({ resume: false })],
    ['idle', REQUEST],
    ['idle', resumed({ previd: 'x', h: 0 })],
    ['active', enabled({ resume: false })],
    ['active', failed({ condition: 'conflict' })],
    ['active', enable({ resume: false })],
  ] as const)('§6: while %s, %s is misuse and ends the stream', (name, element) => {
    const machine = initiating()
    if (name === 'active') {
      machine.say({ type: 'enable', request: { resume: false } })
      machine.hear(enabled({ resume: false }))
    }
    expect(machine.hear(element)).toEqual(['stream-error policy-violation'])
  })

  test('a malformed <enabled/> is bad-format', () => {
    const machine = initiating()
    machine.say({ type: 'enable', request: { resume: false } })
    expect(machine.hear(el('enabled', SM_NAMESPACE, { resume: 'yes' }))).toEqual(['stream-error bad-format'])
  })

  test('elements of other namespaces are none of its business', () => {
    expect(initiating().hear(el('r', 'urn:xmpp:sm:2'))).toEqual([])
    expect(accepting().hear(el('r', 'urn:xmpp:sm:2'))).toEqual([])
  })
})
