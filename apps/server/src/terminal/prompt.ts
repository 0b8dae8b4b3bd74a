import { createInterface, emitKeypressEvents } from 'node:readline'
import type { Input, Output } from '../commands/command.ts'

/** The person pressed Ctrl-C or Ctrl-D at a question. */
class PromptAborted extends Error {
  override readonly name = 'PromptAborted'
}

interface Key {
  readonly name?: string
  readonly ctrl?: boolean
  readonly sequence?: string
}

/** Asks on a terminal for a line. @throws PromptAborted */
export function ask(question: string, input: Input, output: Output): Promise<string> {
  const lines = createInterface({ input, output })
  return new Promise((resolve, reject) => {
    lines.once('close', () => reject(new PromptAborted('nothing was changed')))
    lines.question(question, (answer) => {
      resolve(answer)
      lines.close()
    })
  })
}

/** Asks on a terminal; what is typed is not shown. @throws PromptAborted */
export function askHidden(question: string, input: Input, output: Output): Promise<string> {
  output.write(question)
  emitKeypressEvents(input)
  input.setRawMode?.(true)
  input.resume()
  return new Promise<string>((resolve, reject) => {
    let typed = ''
    const onKey = (text: string | undefined, key: Key): void => {
      if (key.name === 'return' || key.name === 'enter') finish(() => resolve(typed))
      else if (key.ctrl && (key.name === 'c' || key.name === 'd'))
        finish(() => reject(new PromptAborted('nothing was changed')))
      else if (key.ctrl && key.name === 'u') typed = ''
      else if (key.name === 'backspace') typed = [...typed].slice(0, -1).join('')
      else if (text && !key.ctrl && text >= ' ') typed += text
    }
    const finish = (settle: () => void): void => {
      input.off('keypress', onKey)
      input.setRawMode?.(false)
      input.pause()
      output.write('\n')
      settle()
    }
    input.on('keypress', onKey)
  })
}
