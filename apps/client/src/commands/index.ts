import { chat } from './chat.ts'
import type { Command } from './command.ts'
import { listen } from './listen.ts'
import { ping } from './ping.ts'
import { presence } from './presence.ts'
import { register } from './register.ts'
import { roster } from './roster.ts'
import { send } from './send.ts'
import { signOut } from './sign-out.ts'

/** All commands, in the order in which `parlour-client --help` lists them. */
export const commands: readonly Command[] = [chat, send, listen, roster, presence, ping, register, signOut]
