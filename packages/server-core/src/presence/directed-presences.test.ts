import { describe, expect, test } from 'vitest'
import { JULIET, openManaged, ROMEO } from '../stream-management/stream-management.fixture.ts'

const HOUR = 3_600_000

/** Juliet has directed presence to Romeo, who may not see hers otherwise; then the server is killed. */
async function afterCrash(...entities: string[]) {
  const before = await openManaged()
  const juliet = await before.connect(JULIET)
  await juliet.enable()
  for (const to of entities) await juliet.say(`<presence to='${to}'/>`)
  await before.pass(1000)
  const after = await before.restart()
  const romeo = await after.connect(ROMEO)
  return { after, juliet: juliet.in(after), romeo }
}

describe('directed presence of a session that a crash has interrupted (RFC 6121 §4.6.3, XEP-0198 §5)', () => {
  test('who got it hears that the session is over when it is not resumed', async () => {
    const { after, romeo } = await afterCrash(ROMEO)
    await after.pass(HOUR)
    expect(romeo.hear()).toEqual(['presence '])
  })

  test('and when it is resumed and ends then; once', async () => {
    const { after, juliet, romeo } = await afterCrash(ROMEO)
    expect(await juliet.resume(0)).toContain('<resumed')
    expect(romeo.hear()).toEqual([])
    await juliet.say("<presence type='unavailable'/>")
    expect(romeo.hear()).toEqual(['presence '])
    await juliet.cut()
    await after.pass(HOUR)
    expect(romeo.hear()).toEqual([])
  })

  test('who was told before, or takes leave by itself, hears nothing more', async () => {
    const { after, juliet, romeo } = await afterCrash(ROMEO, 'nurse@example.net')
    await juliet.resume(0)
    await juliet.say(`<presence to='${ROMEO}' type='unavailable'/>`)
    expect(romeo.hear()).toEqual(['presence '])
    const third = await after.restart()
    const again = await third.connect(ROMEO)
    await third.pass(HOUR)
    expect(again.hear()).toEqual([])
  })

  test('of many, a hundred are remembered', async () => {
    const entities = Array.from({ length: 150 }, (_, at) => `room${at}@rooms.example/juliet`)
    const { juliet } = await afterCrash(...entities)
    await juliet.resume(0)
    expect(juliet.session.remembered.get('directed-presence')).toEqual(entities.slice(0, 100))
  })
})
