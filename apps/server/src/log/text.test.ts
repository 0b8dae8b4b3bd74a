import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { createLogger } from './logger.ts'

const written = (use: (log: ReturnType<typeof createLogger>) => void): string => {
  const lines: string[] = []
  const output = new Writable({ write: (chunk, _, done) => done(void lines.push(String(chunk))) })
  use(createLogger({ level: 'info', format: 'text' }, output))
  return lines.join('')
}

test('what a peer says makes no line of its own, and a terminal obeys nothing of it', () => {
  const said = 'gone\n12:00:00 error forged\u009b2J'
  const text = written((log) =>
    log.info({ domain: said, names: [said], error: new Error(said) }, 'a connection failed'),
  )
  expect(text.trim().split('\n')).toHaveLength(1)
  expect(text).not.toContain('\u009b')
  expect(text).toContain(`domain=gone\\u{a}12:00:00 error forged\\u{9b}2J`)
})

test('nor does it in the stack of an error', () => {
  const cause = new Error('gone\r\n12:00:00 error forged')
  const text = written((log) => log.error({ error: new Error('gone\n12:00:00 error forged', { cause }) }, 'a fault'))
  expect(text).toContain('12:00:00 error forged')
  expect(text).not.toMatch(/\n12:00:00/)
})

test('an error has its stack below, one line for each line of it', () => {
  const text = written((log) => log.error({ error: new Error('broken') }, 'a fault'))
  expect(text).toMatch(/^\d\d:\d\d:\d\d error a fault {2}broken\nError: broken\n {4}at /)
})
