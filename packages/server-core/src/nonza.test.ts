import { el } from '@parlour/xml'
import { StreamError } from '@parlour/xml-stream'
import { describe, expect, test } from 'vitest'
import type { NonzaHandler } from './client-session.ts'
import { Stand } from './kernel.fixture.ts'
import { JULIET, module, ROMEO, scene } from './module-host.fixture.ts'

const NONZAS = 'urn:example:nonzas'
const taking = (handler: NonzaHandler, name = 'm') => module((host) => [host.nonza(NONZAS, 'a', handler)], name)

describe('RFC 6120 §4.8.4, §4.9.3.24: first-level elements that are no stanzas', () => {
  test('go to the module that takes them, by name and namespace, in order with stanzas', async () => {
    const seen: string[] = []
    let release = () => {}
    const { juliet } = await scene(
      taking((session, element) => {
        seen.push(`${session.jid} ${element}`)
        return new Promise<void>((resolve) => {
          release = resolve
        })
      }),
    )
    const done = juliet.session.receive(el('a', NONZAS, { h: '1' }))
    expect(done).toBeInstanceOf(Promise)
    release()
    await done
    expect(seen).toEqual([`${JULIET} <a xmlns='${NONZAS}' h='1'/>`])
    expect([juliet.look(), juliet.end]).toEqual([[], undefined])
  })

  test.each([
    ['another name', el('b', NONZAS)],
    ['another namespace', el('a', 'urn:example:other')],
  ])('those that nobody takes end the stream: %s', async (_, element) => {
    const { juliet } = await scene(taking(() => {}))
    await juliet.session.receive(element)
    expect(juliet.end).toMatchObject({ condition: 'unsupported-stanza-type' })
  })

  test('one element is taken by one module, as long as it is loaded', async () => {
    const ignore = () => {}
    await expect(Stand.open({ modules: [taking(ignore, 'one'), taking(ignore, 'two')] })).rejects.toThrow(
      /registered already/,
    )
    const { juliet, kernel } = await scene(taking(ignore))
    await kernel.stop()
    await juliet.session.receive(el('a', NONZAS))
    expect(juliet.end).toBeDefined()
  })

  test.each([
    [
      'throws',
      (error: Error) => {
        throw error
      },
    ],
    ['rejects', (error: Error) => Promise.reject(error)],
  ])('a module that %s ends that stream only; its name is in the log, unless it meant to', async (_, fail) => {
    const faults = [new Error('bug'), new StreamError('policy-violation')]
    const { juliet, romeo, log } = await scene(taking(() => fail(faults.shift() as Error)))
    await juliet.session.receive(el('a', NONZAS))
    expect(juliet.end).toMatchObject({ condition: 'internal-server-error' })
    expect(log.errors).toMatchObject([{ fields: { module: 'm', error: new Error('bug'), nonza: 'a' } }])
    expect(await romeo.say(`<message to='${ROMEO}' id='1'/>`)).toHaveLength(1)
    await romeo.session.receive(el('a', NONZAS))
    expect(romeo.end).toMatchObject({ condition: 'policy-violation' })
    expect(log.errors).toHaveLength(1)
  })
})
