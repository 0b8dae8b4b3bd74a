import type { Connection } from '@parlour/transport'
import type { Captures } from './pattern.ts'
import { type AbortSignalLike, DialogueError, ScriptedPeer } from './scripted-peer.ts'

/** Somebody who takes part: a connection whose stream is negotiated, and names for use as `{name}`. */
export interface Participant {
  readonly connection: Connection
  /** Such as `{ 'romeo-jid': 'romeo@example.org/orchard' }`. */
  readonly names?: Readonly<Record<string, string>>
}

/** How a scenario is run. */
export interface ScenarioOptions {
  /** Signs somebody in, by the name used in the scenario, for `Romeo connects`. */
  connect(name: string): Promise<Participant>
  /** Ends the waiting for what never comes with an error that tells what was expected. */
  readonly signal?: AbortSignalLike
}

interface Step {
  readonly number: number
  readonly who: string
  readonly action: string
  xml: string
}

type Play = (step: Step, people: Map<string, ScriptedPeer>) => Promise<void> | void

/**
 * Runs a dialogue between several people over a server:
 *
 * ```
 * Romeo connects
 * Juliet connects
 * Romeo sends:
 *   <message to="juliet@example.org"><body>Art thou not Romeo?</body></message>
 * Juliet receives:
 *   <message from="{romeo-jid}" to="juliet@example.org"><body>*</body></message>
 * Juliet disconnects
 * ```
 *
 * Names captured by one, as `{id}`, are known to all. `#` begins a comment line. In the end all connections are closed.
 *
 * @throws {DialogueError} with the number of the line that was not as expected.
 */
export async function runScenario(scenario: string, options: ScenarioOptions): Promise<Captures> {
  const captures: Captures = new Map()
  const people = new Map<string, ScriptedPeer>()
  const plays = actions(options, captures)
  try {
    for (const step of readSteps(scenario)) await playStep(step, plays, people)
  } finally {
    for (const person of people.values()) person.end()
  }
  return captures
}

function actions(options: ScenarioOptions, captures: Captures): Record<string, Play> {
  return {
    connects: async ({ who }, people) => {
      const { connection, names = {} } = await options.connect(who)
      for (const [name, value] of Object.entries(names)) captures.set(name, value)
      people.set(who, new ScriptedPeer(connection, { captures, ...(options.signal ? { signal: options.signal } : {}) }))
    },
    sends: ({ who, xml }, people) => present(who, people).send(xml),
    receives: ({ who, xml }, people) => present(who, people).expect(xml),
    disconnects: ({ who }, people) => {
      present(who, people).end()
      people.delete(who)
    },
  }
}

async function playStep(step: Step, plays: Record<string, Play>, people: Map<string, ScriptedPeer>): Promise<void> {
  try {
    await plays[step.action]?.(step, people)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new DialogueError(`line ${step.number}: ${step.who} ${step.action}: ${reason}`, { cause })
  }
}

function present(who: string, people: Map<string, ScriptedPeer>): ScriptedPeer {
  const person = people.get(who)
  if (!person) throw new SyntaxError(`${who} is not connected`)
  return person
}

function readSteps(scenario: string): Step[] {
  const steps: Step[] = []
  scenario.split('\n').forEach((raw, i) => {
    const text = raw.trim()
    if (text === '' || text.startsWith('#')) return
    const [, who, action] = /^(\w[\w-]*) (?:(connects|disconnects)|(?:sends|receives)(?=:$)):?$/.exec(text) ?? []
    const former = steps.at(-1)
    if (who)
      steps.push({ number: i + 1, who, action: action ?? (text.endsWith('sends:') ? 'sends' : 'receives'), xml: '' })
    else if (former && /sends|receives/.test(former.action)) former.xml += `${text}\n`
    else
      throw new SyntaxError(
        `line ${i + 1}: expected "<name> connects", "sends:", "receives:" or "disconnects", got "${text}"`,
      )
  })
  return steps.map((step) => ({ ...step, xml: step.xml.trim() }))
}
