import { replaceElement } from '@parlour/extensions/message-correction'
import { retractionMessage } from '@parlour/extensions/message-retraction'
import { reactionsMessage } from '@parlour/extensions/reactions'
import { message } from '@parlour/stanza'
import { PROGRAM } from './chat-model.ts'
import { CommandError } from './command-error.ts'
import type { CommandTarget, SlashCommand } from './slash-command.ts'

/** The `id` of what was said last, by the user or the contact being talked with. */
function lastOf({ model }: CommandTarget, kind: 'sent' | 'received'): string {
  if (model.selected === PROGRAM) throw new CommandError('With whom? /msg <address> first.')
  const last = model.current.last(kind)
  if (last === undefined) throw new CommandError('There is nothing yet.')
  return last
}

const correct: SlashCommand = {
  name: '/correct',
  usage: '<text>',
  summary: 'puts this in place of the last thing you said',
  run: (chat, text) => {
    if (text === '') throw new CommandError('To what? /correct <text>')
    const of = lastOf(chat, 'sent')
    chat.change({ type: 'correction', of, text }, (id, to) =>
      message({ to, id, type: 'chat', body: text, children: [replaceElement({ id: of })] }),
    )
  },
}

const retract: SlashCommand = {
  name: '/retract',
  usage: '',
  summary: 'takes back the last thing you said; nobody can be made to forget it',
  run: (chat) => {
    const of = lastOf(chat, 'sent')
    chat.change({ type: 'retraction', of }, (id, to) => retractionMessage({ id, to, of, type: 'chat' }))
  },
}

const react: SlashCommand = {
  name: '/react',
  usage: '[emoji …]',
  summary: 'puts these on the last thing that was said to you; without any, takes yours back',
  run: (chat, text) => {
    const of = lastOf(chat, 'received')
    const reactions = text.split(/\s+/).filter((emoji) => emoji !== '')
    chat.change({ type: 'reactions', of, reactions }, (messageId, to) =>
      reactionsMessage({ messageId, to, id: of, reactions }),
    )
  },
}

/** Commands that change what was said. */
export const CHANGE_COMMANDS: readonly SlashCommand[] = [correct, retract, react]
