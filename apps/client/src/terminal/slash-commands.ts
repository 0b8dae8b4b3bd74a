import { pingElement } from '@parlour/extensions/ping'
import { versionClient } from '@parlour/extensions/version/client'
import { type Jid, parseJid } from '@parlour/jid'
import type { Show } from '@parlour/stanza'
import { CHANGE_COMMANDS } from './change-commands.ts'
import { PROGRAM } from './chat-model.ts'
import { CommandError } from './command-error.ts'
import { type CommandTarget, firstWord, type SlashCommand } from './slash-command.ts'
import { MARK_WORDS } from './view.ts'

const contacts = (chat: CommandTarget): readonly string[] =>
  chat.model.contacts().flatMap(({ jid }) => (jid === PROGRAM ? [] : [jid]))
const requests = (chat: CommandTarget): readonly string[] => [...chat.presence.requests.keys()]
const first =
  (candidates: (chat: CommandTarget) => readonly string[]) =>
  (chat: CommandTarget, index: number): readonly string[] =>
    index === 0 ? candidates(chat) : []

/** The address that is named, or the contact being talked with. */
function addressee(chat: CommandTarget, word: string): Jid {
  const text = word === '' ? chat.model.selected : word
  if (text === PROGRAM) throw new CommandError('With whom? Give an address.')
  return parseJid(text)
}

function availability(name: string, show: Show | undefined, summary: string): SlashCommand {
  return {
    name,
    usage: '[text]',
    summary,
    run: (chat, text) => chat.setPresence({ show, status: text === '' ? undefined : text }),
  }
}

function subscription(
  name: string,
  summary: string,
  act: (chat: CommandTarget, jid: Jid) => Promise<void>,
): SlashCommand {
  return {
    name,
    usage: '[address]',
    summary,
    complete: first(name === '/approve' || name === '/deny' ? requests : contacts),
    run: async (chat, text) => {
      const jid = addressee(chat, firstWord(text).word).bare
      await act(chat, jid)
      chat.note(`${name.slice(1)}: ${jid}`)
    },
  }
}

const add: SlashCommand = {
  name: '/add',
  usage: '[address] [name]',
  summary: 'puts somebody on the contact list, and asks to see their presence',
  complete: first(contacts),
  run: async (chat, text) => {
    const { word, rest } = firstWord(text)
    const jid = addressee(chat, word).bare
    await chat.roster.set(jid, rest === '' ? {} : { name: rest })
    await chat.roster.subscribe(jid)
    // Who asked already is answered: both want to see each other.
    if (chat.presence.requests.has(jid.toString())) await chat.roster.approve(jid)
    chat.model.select(jid.toString())
    chat.note(`${jid} is on the list; it was asked for its presence.`)
  },
}

const message: SlashCommand = {
  name: '/msg',
  usage: '<address> [text]',
  summary: 'opens a conversation; sends the text, if there is one',
  complete: first(contacts),
  run: async (chat, text) => {
    const { word, rest } = firstWord(text)
    if (word === '') throw new CommandError('To whom? /msg <address> [text]')
    const jid = parseJid(word)
    chat.model.select(jid.bare.toString())
    if (jid.isFull) chat.model.current.lockedTo = jid
    if (rest !== '') await chat.say(rest)
  },
}

const rename: SlashCommand = {
  name: '/name',
  usage: '<name>',
  summary: 'changes the name of the contact being talked with',
  run: (chat, text) => chat.roster.set(addressee(chat, ''), { name: text.trim() }),
}

const who: SlashCommand = {
  name: '/who',
  usage: '[address]',
  summary: 'shows what is known of a contact',
  complete: first(contacts),
  run: (chat, text) => {
    const jid = addressee(chat, firstWord(text).word).bare.toString()
    const item = chat.roster.items.get(jid)
    const contact = chat.model.contacts().find((known) => known.jid === jid)
    chat.note(`${jid}: ${item ? `subscription ${item.subscription}${item.ask ? ', asked' : ''}` : 'not on the list'}`)
    const sessions = [...chat.presence.of(jid).values()]
    for (const { from, show, status, priority } of sessions)
      chat.note(`  ${from}: ${show ?? 'available'}, priority ${priority}${status ? `, "${status}"` : ''}`)
    if (sessions.length === 0) chat.note(`  ${MARK_WORDS[contact?.mark ?? 'none']}`)
  },
}

const ping: SlashCommand = {
  name: '/ping',
  usage: '[address]',
  summary: 'asks whether a server or a session answers; without an address, your server',
  complete: first(contacts),
  run: async (chat, text) => {
    const { word } = firstWord(text)
    const to = parseJid(word === '' ? chat.client.jid.domain : word)
    const before = performance.now()
    await chat.client.iq.get(pingElement(), { to })
    chat.note(`${to} answered in ${(performance.now() - before).toFixed(1)} ms`)
  },
}

const version: SlashCommand = {
  name: '/version',
  usage: '[address]',
  summary: 'asks what software a server or a session is',
  complete: first(contacts),
  run: async (chat, text) => {
    const { word } = firstWord(text)
    const to = parseJid(word === '' ? chat.client.jid.domain : word)
    const { name, version, os } = await chat.client.use(versionClient).get(to)
    chat.note(`${to}: ${[name, version, os].filter(Boolean).join(' ')}`)
  },
}

const history: SlashCommand = {
  name: '/history',
  usage: '',
  summary: 'shows what was said before that; PageUp scrolls to it',
  run: (chat) => chat.history.older(chat.model.selected),
}

const search: SlashCommand = {
  name: '/search',
  usage: '<words>',
  summary: 'looks for words in all that was said',
  run: async (chat, text) => {
    if (text.trim() === '') throw new CommandError('For what? /search <words>')
    const found = await chat.history.search(text.trim())
    for (const line of found) chat.note(line)
    if (found.length === 0) chat.note('Nothing was found.')
  },
}

const help: SlashCommand = {
  name: '/help',
  usage: '[command]',
  summary: 'shows this',
  complete: first(() => SLASH_COMMANDS.map(({ name }) => name)),
  run: (chat, text) => {
    const { word } = firstWord(text)
    const wanted = SLASH_COMMANDS.filter(({ name }) => word === '' || name === word || name === `/${word}`)
    if (wanted.length === 0) throw new CommandError(`There is no command ${word}.`)
    for (const { name, usage, summary } of wanted) chat.note(`${`${name} ${usage}`.padEnd(26)}${summary}`)
    if (word !== '') return
    chat.note('Keys: Ctrl-N, Ctrl-P (or Alt-Down, Alt-Up) other contact; Ctrl-T next unread; Tab completes;')
    chat.note('PageUp, PageDown scroll; Up, Down earlier lines; Alt-Enter new line; Ctrl-L redraw; Ctrl-C quit.')
    chat.note('A message that begins with a slash: write it with two.')
  },
}

/** All commands, in the order of `/help`. */
export const SLASH_COMMANDS: readonly SlashCommand[] = [
  help,
  message,
  ...CHANGE_COMMANDS,
  history,
  search,
  add,
  subscription('/approve', 'lets a contact see your presence', (chat, jid) => chat.roster.approve(jid)),
  subscription('/deny', 'refuses that, or takes it back', (chat, jid) => chat.roster.deny(jid)),
  subscription('/subscribe', 'asks to see the presence of a contact', (chat, jid) => chat.roster.subscribe(jid)),
  subscription('/unsubscribe', 'no longer wants to see it', (chat, jid) => chat.roster.unsubscribe(jid)),
  subscription('/remove', 'takes a contact off the list', (chat, jid) => chat.roster.remove(jid)),
  rename,
  who,
  availability('/online', undefined, 'you are available'),
  availability('/away', 'away', 'you are away'),
  availability('/xa', 'xa', 'you are away for long'),
  availability('/dnd', 'dnd', 'you do not want to be disturbed'),
  {
    name: '/status',
    usage: '[text]',
    summary: 'changes the text that contacts see, and keeps the rest',
    run: (chat, text) => chat.setPresence({ show: chat.model.own.show, status: text === '' ? undefined : text }),
  },
  ping,
  version,
  {
    name: '/clear',
    usage: '',
    summary: 'empties the conversation',
    run: (chat) => chat.model.current.clear(),
  },
  {
    name: '/close',
    usage: '',
    summary: 'closes the conversation',
    run: (chat) => chat.model.close(chat.model.selected),
  },
  { name: '/quit', usage: '', summary: 'signs out and ends', run: (chat) => chat.quit() },
]
