import { Readable, Writable } from 'node:stream'
import { commands } from './index.ts'
import { runCommand } from './run.ts'

/** What a command did. */
export interface Ran {
  readonly code: number
  readonly output: string
  readonly errors: string
}

/** Runs a command line in process. `input` is what is piped into it. */
export async function run(
  folder: string,
  line: string,
  { input = '', environment = {} }: { input?: string; environment?: Record<string, string> } = {},
): Promise<Ran> {
  const [output, errors] = [new Sink(), new Sink()]
  const terminal = { input: Readable.from([input]), output, errorOutput: errors, environment, folder }
  const code = await runCommand(commands, line.split(' ').filter(Boolean), terminal)
  return { code, output: output.text, errors: errors.text }
}

class Sink extends Writable {
  text = ''

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk
    done()
  }
}
