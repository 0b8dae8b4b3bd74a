import { checkCommands } from './check-dns.ts'
import type { Command } from './command.ts'
import { configCommands } from './config.ts'
import { importCommands } from './import.ts'
import { serverCommands } from './s2s.ts'
import { start } from './start.ts'
import { status } from './status.ts'
import { userCommands } from './user.ts'
import { deviceCommands } from './user-devices.ts'
import { eraseCommands } from './user-erase.ts'
import { portableCommands } from './user-portable.ts'

/** All commands, in the order in which `parlour --help` lists them. */
export const commands: readonly Command[] = [
  start,
  status,
  ...userCommands,
  ...deviceCommands,
  ...portableCommands,
  ...eraseCommands,
  ...importCommands,
  ...serverCommands,
  ...checkCommands,
  ...configCommands,
]
