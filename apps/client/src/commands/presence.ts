import { type Client, presence as presenceExtension, roster } from '@parlour/client-core'
import type { Show } from '@parlour/stanza'
import { plainText } from '../terminal/plain-text.ts'
import { type Command, type CommandContext, EXIT, UsageError } from './command.ts'
import { CONNECTION_OPTIONS, positiveNumber, withClient } from './session.ts'
import { presenceRecord } from './stanza-json.ts'

export const presence: Command = {
  name: 'presence',
  summary: 'shows who is available',
  usage: '[address …] [options]',
  options: {
    ...CONNECTION_OPTIONS,
    json: { type: 'boolean', help: 'one JSON object a line' },
    wait: { type: 'string', value: 'seconds', help: 'how long contacts have to answer; default 2' },
    show: { type: 'string', value: 'away|chat|dnd|xa', help: 'what contacts see of you meanwhile' },
    status: { type: 'string', value: 'text', help: 'a text with it' },
  },
  notes: ['You are available with priority -1 meanwhile: no message comes to this session.'],
  examples: [
    'parlour-client presence -a romeo@example.org',
    'parlour-client presence juliet@example.org -a romeo@example.org --json',
    'parlour-client presence -a romeo@example.org --show dnd --status "at the ball" --wait 600',
  ],
  async run(context) {
    const show = showOf(context)
    const wait = positiveNumber(context.values.wait ?? '2', '--wait') * 1000
    return withClient(context, (client) => list(client, context, show, wait))
  },
}

const SHOWS = ['away', 'chat', 'dnd', 'xa'] as const satisfies readonly Show[]

function showOf({ values }: CommandContext): Show | undefined {
  if (values.show === undefined) return undefined
  const show = SHOWS.find((known) => known === values.show)
  if (!show) throw new UsageError(`--show is one of ${SHOWS.join(', ')}.`)
  return show
}

async function list(client: Client, context: CommandContext, show: Show | undefined, wait: number): Promise<number> {
  const { values, positionals, print } = context
  const contacts = client.use(roster)
  const availability = client.use(presenceExtension)
  await contacts.load()
  const { status } = values
  await availability.send({ show, priority: -1, ...(typeof status === 'string' && { status }) })
  await new Promise((resolve) => setTimeout(resolve, wait))
  const wanted = positionals.length > 0 ? positionals : [...contacts.items.keys()].sort()
  for (const address of wanted) {
    const resources = [...availability.of(address).values()]
    for (const one of resources) {
      if (values.json) print(JSON.stringify(presenceRecord(one, client.environment.now())))
      else print(plainText(`${one.from} ${one.show ?? 'available'}${one.status ? `: ${one.status}` : ''}`))
    }
    if (resources.length > 0) continue
    print(
      values.json ? JSON.stringify({ event: 'presence', from: address, type: 'unavailable' }) : `${address} offline`,
    )
  }
  return EXIT.ok
}
