import type { Connection } from '@parlour/transport'
import type { FakeEnvironment } from './fake-environment.ts'
import type { Captures } from './pattern.ts'
import { type AbortSignalLike, DialogueError, ScriptedPeer } from './scripted-peer.ts'

/** How a transcript is run. */
export interface TranscriptOptions {
  /** The side played by the runner: `C` (default) says the `C:` lines and expects the `S:` lines; `S` the reverse. */
  readonly plays?: 'C' | 'S'
  /** The clock moved by `-- 30 s` lines. */
  readonly environment?: FakeEnvironment
  /** Ends the waiting for what never comes with an error that tells what was expected. */
  readonly signal?: AbortSignalLike
  /** Names known beforehand, to be used as `{name}`. */
  readonly captures?: Captures
}

interface Line {
  readonly number: number
  readonly speaker: string
  text: string
}

/**
 * Runs a dialogue as the RFCs print them over a connection, and resolves with what `{name}` stood for.
 *
 * Each line begins with `C:` or `S:`; lines that begin otherwise go on with the former. `#` begins a comment line.
 * `[starttls]` secures the connection from the side that says it and the other; `[end]` closes; `[closed]` expects the
 * end. `-- 30 s` moves the clock (units `ms`, `s`, `min`).
 *
 * @throws {DialogueError} with the number of the line that was not as expected.
 * @example
 * ```ts
 * await runTranscript(`
 *   C: <ping id="1"/>
 *   S: <pong id="*"/>
 *   S: [closed]
 * `, connection)
 * ```
 */
export async function runTranscript(
  dialogue: string,
  connection: Connection,
  options: TranscriptOptions = {},
): Promise<Captures> {
  const peer = new ScriptedPeer(connection, options)
  for (const line of readLines(dialogue)) {
    try {
      await play(line, peer, options)
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new DialogueError(`line ${line.number}: ${reason}`, { cause })
    }
  }
  return peer.captures
}

async function play(line: Line, peer: ScriptedPeer, options: TranscriptOptions): Promise<void> {
  if (line.speaker === '--') return moveClock(line.text, options.environment)
  const mine = line.speaker === (options.plays ?? 'C')
  if (line.text === '[starttls]') return peer.startTls()
  if (mine && line.text === '[end]') return peer.end()
  if (mine) return peer.send(line.text)
  if (line.text === '[closed]' || line.text === '[end]') return void (await peer.expectClosed())
  return peer.expect(line.text)
}

function readLines(dialogue: string): Line[] {
  const lines: Line[] = []
  dialogue.split('\n').forEach((raw, i) => {
    const text = raw.trim()
    if (text === '' || text.startsWith('#')) return
    const [, speaker, said = ''] = /^(C:|S:|--)\s*(.*)$/.exec(text) ?? []
    const former = lines.at(-1)
    if (speaker) lines.push({ number: i + 1, speaker: speaker.replace(':', ''), text: said })
    else if (former) former.text += `\n${text}`
    else throw new SyntaxError(`line ${i + 1}: a dialogue begins with "C:" or "S:"`)
  })
  return lines
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000 }

function moveClock(text: string, environment: FakeEnvironment | undefined): void {
  const [, amount, unit = ''] = /^(\d+)\s*(ms|s|min)$/.exec(text) ?? []
  if (!amount) throw new SyntaxError(`"-- ${text}" is no time such as "-- 30 s"`)
  if (!environment) throw new TypeError('a time line needs options.environment')
  environment.advance(Number(amount) * (UNITS[unit] ?? 1))
}
