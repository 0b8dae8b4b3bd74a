import { EventEmitter } from 'node:events'
import type { ReadStream } from 'node:tty'
import { expect, test } from 'vitest'
import { askHidden } from './password.ts'

class Keyboard extends EventEmitter {
  raw = false
  setRawMode(raw: boolean): void {
    this.raw = raw
  }
  setEncoding(): void {}
  resume(): void {}
  pause(): void {}
}

function ask(...pieces: string[]) {
  const keyboard = new Keyboard()
  const shown: string[] = []
  const answer = askHidden('Password: ', keyboard as unknown as ReadStream, { write: (text) => shown.push(text) })
  for (const piece of pieces) keyboard.emit('data', piece)
  expect(keyboard.raw).toBe(false)
  expect(shown).toEqual(['Password: ', '\n'])
  return answer
}

test.each([
  ['what is typed', ['o-rom', 'eo\r'], 'o-romeo'],
  ['characters are taken back, and all', ['wrong\u0015o-r😀\u007fx\bomeo\n'], 'o-romeo'],
  ['arrows, function keys and Escape type nothing', ['o-\u001b[A\u001b[[Aro', '\u001b', 'meo\u001b[5~\r'], 'o-romeo'],
])('%s', async (_, pieces, password) => {
  expect(await ask(...pieces)).toBe(password)
})

test.each(['\u0003', '\u0004'])('Ctrl-C and Ctrl-D give up', async (key) => {
  await expect(ask('secret', key)).rejects.toThrow('No password given.')
})
