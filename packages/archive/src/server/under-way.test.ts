import { type AnyServerModule, defineServerModule, type Verdict } from '@parlour/server-core'
import { message, readStanza, StanzaError } from '@parlour/stanza'
import { describe, expect, test } from 'vitest'
import { chat, type Device, form, JULIET, ROMEO, Scene, set, settled } from '../scene.fixture.ts'

const WAIT = 10_000

/** Something that takes its time over what says "slow" and has its id, until it is let go, or refused. */
function slowModule() {
  const waiting: ((verdict: Verdict) => void)[] = []
  const slow: AnyServerModule = defineServerModule({
    name: 'slow',
    setup: (host) => [
      host.on(
        'archive',
        ({ stanza }) => {
          if (stanza.kind !== 'message' || !stanza.body?.startsWith('slow')) return undefined
          return new Promise<Verdict>((resolve) => waiting.push(resolve))
        },
        { direction: 'inbound' },
      ),
    ],
  })
  return { slow, waiting }
}

async function opened() {
  const { slow, waiting } = slowModule()
  const scene = await Scene.open({}, undefined, [slow])
  const { romeo, juliet } = await scene.both()
  const tablet = await scene.online(`${ROMEO}/tablet`)
  const laptop = await scene.online(`${JULIET}/laptop`)
  const go = (verdict?: Verdict) => {
    for (const next of waiting.splice(0)) next(verdict)
  }
  /** What comes of something once so much time has gone by. */
  const after = async <Value>(ms: number, outcome: Promise<Value>): Promise<Value | 'waits'> => {
    await settled()
    for (let gone = 0; gone < ms; gone += 100) {
      scene.environment.advance(100)
      await settled()
    }
    return Promise.race([outcome, settled().then(() => 'waits' as const)])
  }
  return { scene, romeo, juliet, tablet, laptop, go, after }
}

const bodies = async (query: ReturnType<Device['query']>) => {
  const page = await query
  return [page.bodies, page.fin.attribute('complete') === 'true']
}

describe('a message has its id before it is stored: no query passes it by', () => {
  test.each(['tablet', 'laptop'] as const)('of who has sent and of who receives it: %s', async (who) => {
    const { [who]: device, romeo, tablet, go, after } = await opened()
    const sent = romeo.send(chat(JULIET, 'slow'))
    await tablet.send(chat(JULIET, 'quick'))
    const query = bodies(device.query())
    expect(await after(1000, query)).toBe('waits')
    go()
    await sent
    expect(await after(100, query)).toEqual([['slow', 'quick'], true])
  })

  test('it waits for none that got its id since, but ends before that', async () => {
    const { romeo, juliet, tablet, laptop, go, after } = await opened()
    await romeo.send(chat(JULIET, 'first'))
    void romeo.send(chat(JULIET, 'slow 1'))
    const query = bodies(tablet.query())
    expect(await after(0, query)).toBe('waits')
    go()
    void juliet.send(chat(ROMEO, 'slow 2'))
    await laptop.send(chat(ROMEO, 'quick'))
    expect(await after(100, query)).toEqual([['first', 'slow 1'], false])
    go()
    expect(await after(100, bodies(tablet.query()))).toEqual([['first', 'slow 1', 'slow 2', 'quick'], true])
  })

  test.each([
    ['', [['before'], false]],
    [set('<before/>'), [['before'], true]],
    [form({ with: `${JULIET}/balcony` }), [[], false]],
  ])('who has waited for ten seconds gets what is before it, and that there is more: %s', async (query, page) => {
    const { romeo, tablet, go, after } = await opened()
    await romeo.send(chat(JULIET, 'before'))
    void romeo.send(chat(JULIET, 'slow'))
    await tablet.send(chat(JULIET, 'quick'))
    const asked = bodies(tablet.query(query))
    expect(await after(WAIT - 1000, asked)).toBe('waits')
    expect(await after(1000, asked)).toEqual(page)
    go()
  })

  test('where an archive ends is told without waiting', async () => {
    const { romeo, tablet, go, after } = await opened()
    await romeo.send(chat(JULIET, 'before'))
    const { ids } = await tablet.query()
    void romeo.send(chat(JULIET, 'slow'))
    await tablet.send(chat(JULIET, 'quick'))
    const asked = tablet.ask(`<iq type='get' id='m'><metadata xmlns='urn:xmpp:mam:2'/></iq>`)
    const { answer } = (await after(0, asked)) as Awaited<typeof asked>
    expect(answer.child()?.child('end')?.attribute('id')).toBe(ids[0])
    go()
  })

  test('nor is anybody kept waiting by what others send, nor by what was refused', async () => {
    const { scene, romeo, tablet, laptop, go, after } = await opened()
    void laptop.send(chat(JULIET, 'slow, to herself'))
    await tablet.send(chat(JULIET, 'quick'))
    expect(await after(0, bodies(tablet.query()))).toEqual([['quick'], true])
    const stanza = readStanza(message({ from: 'nurse@example.net/x', to: ROMEO, type: 'chat', body: 'slow as well' }))
    const sent = scene.kernel.router.route(stanza)
    await settled()
    go(new StanzaError('policy-violation'))
    await sent
    expect(await after(0, bodies(romeo.query()))).toEqual([['quick'], true])
  })

  test('what is never over, because a module answers never, hides the archive for five minutes and not for ever', async () => {
    const { scene, romeo, tablet, after } = await opened()
    void romeo.send(chat(JULIET, 'slow'))
    await tablet.send(chat(JULIET, 'quick'))
    expect(await after(WAIT, bodies(tablet.query()))).toEqual([[], false])
    scene.environment.advance(5 * 60_000)
    expect(await after(0, bodies(tablet.query()))).toEqual([['quick'], true])
  })
})
