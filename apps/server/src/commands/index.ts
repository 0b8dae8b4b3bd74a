import type { Command } from './command.ts'
import { start } from './start.ts'

/** All commands, in the order in which `parlour --help` lists them. */
export const commands: readonly Command[] = [start]
