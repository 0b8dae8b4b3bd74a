import { type Client, type Roster, roster as rosterExtension } from '@parlour/client-core'
import type { RosterItem } from '@parlour/roster'
import { plainText } from '../terminal/plain-text.ts'
import { type Command, type CommandContext, EXIT, UsageError } from './command.ts'
import { CONNECTION_OPTIONS, withClient } from './session.ts'

export const roster: Command = {
  name: 'roster',
  summary: 'shows and changes the contact list',
  usage: '[action] [address]',
  options: {
    ...CONNECTION_OPTIONS,
    json: { type: 'boolean', help: 'one JSON object a line' },
    name: { type: 'string', value: 'text', help: 'with add: the name to show' },
    group: { type: 'string', multiple: true, help: 'with add: a group; may be given several times' },
  },
  notes: [
    'list         what is on the list; the action if none is given',
    'add          puts a contact on the list and asks to see its presence; changes name and groups',
    'remove       takes it off, and ends the subscriptions both ways',
    'subscribe    asks to see its presence         unsubscribe  no longer wants to',
    'approve      lets it see yours, also beforehand   deny     no longer, or not at all',
  ],
  examples: [
    'parlour-client roster -a romeo@example.org',
    'parlour-client roster add juliet@example.org --name Juliet --group Friends -a romeo@example.org',
    'parlour-client roster approve romeo@example.org -a juliet@example.org',
  ],
  async run(context) {
    const [action = 'list', address, ...surplus] = context.positionals
    const act = ACTIONS[action]
    if (!act) throw new UsageError(`"${action}" is none of ${Object.keys(ACTIONS).join(', ')}.`)
    if (surplus.length > 0 || (action === 'list') !== (address === undefined))
      throw new UsageError(action === 'list' ? 'list takes no address.' : `${action} takes one address.`)
    await withClient(context, async (client) => {
      await act(client.use(rosterExtension), address ?? '', context, client)
    })
    return EXIT.ok
  },
}

type Action = (contacts: Roster, address: string, context: CommandContext, client: Client) => Promise<void>

const ACTIONS: Readonly<Record<string, Action>> = {
  list: async (contacts, _address, { values, print }) => {
    const items = [...(await contacts.load()).values()]
    for (const item of items.sort((a, b) => a.jid.localeCompare(b.jid))) print(lineOf(item, values.json === true))
  },
  add: async (contacts, address, { values }) => {
    const { name, group } = values
    await contacts.load()
    await contacts.set(address, {
      ...(typeof name === 'string' && { name }),
      ...(Array.isArray(group) && { groups: group as string[] }),
    })
    await contacts.subscribe(address)
  },
  remove: (contacts, address) => contacts.remove(address),
  subscribe: (contacts, address) => contacts.subscribe(address),
  approve: (contacts, address) => contacts.approve(address),
  deny: (contacts, address) => contacts.deny(address),
  unsubscribe: (contacts, address) => contacts.unsubscribe(address),
}

function lineOf({ jid, name, groups, subscription, ask, approved }: RosterItem, json: boolean): string {
  if (json) return JSON.stringify({ jid, name, groups, subscription, ask, approved })
  const notes = [subscription, ask && 'asked', approved && 'approved', ...groups].filter(Boolean).join(', ')
  return plainText(`${jid}${name ? ` "${name}"` : ''} (${notes})`)
}
