/** What Tab can put in place of the word before the cursor. */
export interface Completion {
  /** What the line before the cursor becomes. */
  readonly text: string
  /** All that fit, when there are several. */
  readonly choices: readonly string[]
}

/** Where candidates come from. */
export interface CompletionSources {
  /** Names of commands, with the slash. */
  readonly commands: readonly string[]
  /** Candidates for argument number `index` of a command, from 0. */
  arguments(command: string, index: number): readonly string[]
}

/** Completes the last word of what stands before the cursor; undefined where nothing fits. */
export function complete(before: string, sources: CompletionSources): Completion | undefined {
  const words = before.split(' ')
  const word = words.at(-1) ?? ''
  const [command = ''] = words
  if (!command.startsWith('/')) return undefined
  const candidates = words.length === 1 ? sources.commands : sources.arguments(command, words.length - 2)
  const choices = candidates.filter((candidate) => candidate.toLowerCase().startsWith(word.toLowerCase()))
  const [only] = choices
  if (only === undefined) return undefined
  const completed = choices.length === 1 ? `${only} ` : commonPrefix(choices, word)
  return {
    text: before.slice(0, before.length - word.length) + completed,
    choices: choices.length === 1 ? [] : choices,
  }
}

function commonPrefix([first = '', ...others]: readonly string[], atLeast: string): string {
  let length = first.length
  for (const other of others) while (!other.toLowerCase().startsWith(first.slice(0, length).toLowerCase())) length--
  return length > atLeast.length ? first.slice(0, length) : atLeast
}
