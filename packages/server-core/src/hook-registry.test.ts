import { expect, test } from 'vitest'
import { HookRegistry } from './hook-registry.ts'
import type { HookOptions, StanzaEvent, StanzaPhase } from './hooks.ts'

/** Registers a handler that writes its name down. */
function registry() {
  const hooks = new HookRegistry()
  const ran: string[] = []
  const add = (phase: StanzaPhase, module: string, options?: HookOptions) =>
    hooks.add(phase, module, () => void ran.push(module), options)
  const run = (direction: 'inbound' | 'outbound') => {
    for (const handler of hooks[direction]) handler({} as StanzaEvent)
    return ran.splice(0)
  }
  return { hooks, add, run }
}

test('phases come in their order, and handlers of a phase in the order in which they were registered', () => {
  const { add, run } = registry()
  add('archive', 'mam')
  add('guard', 'blocking')
  add('rewrite', 'ids')
  add('guard', 'limits')
  expect(run('outbound')).toEqual(['blocking', 'limits', 'ids', 'mam'])
})

test('`after` puts a handler behind those of the modules it names; who is not there does not matter', () => {
  const { add, run } = registry()
  add('guard', 'a', { after: ['c', 'unknown'] })
  add('guard', 'b')
  add('guard', 'c', { after: ['b'] })
  expect(run('inbound')).toEqual(['b', 'c', 'a'])
})

test('a direction keeps a handler from stanzas of the other', () => {
  const { add, run } = registry()
  add('guard', 'out', { direction: 'outbound' })
  add('guard', 'in', { direction: 'inbound' })
  add('guard', 'both')
  expect(run('outbound')).toEqual(['out', 'both'])
  expect(run('inbound')).toEqual(['in', 'both'])
})

test('a circle of `after` is an error that names the modules', () => {
  const { add } = registry()
  add('guard', 'a', { after: ['b'] })
  expect(() => add('guard', 'b', { after: ['a'] })).toThrow(/a, b form a circle/)
})

test('undoing a registration removes that handler alone, and does so once', () => {
  const { add, run, hooks } = registry()
  const undo = add('guard', 'a')
  add('guard', 'a')
  undo()
  undo()
  expect(run('outbound')).toEqual(['a'])
  expect(hooks.handlers.guard).toHaveLength(1)
})
