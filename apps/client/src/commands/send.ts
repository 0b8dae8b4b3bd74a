import { text as readAll } from 'node:stream/consumers'
import { type Client, ClientError } from '@parlour/client-core'
import { pingElement } from '@parlour/extensions/ping'
import { type Jid, parseJid } from '@parlour/jid'
import { message, type Stanza, StanzaError } from '@parlour/stanza'
import { type Command, type CommandContext, EXIT, UsageError } from './command.ts'
import { CONNECTION_OPTIONS, secondsOf, withClient } from './session.ts'

export const send: Command = {
  name: 'send',
  summary: 'sends one message',
  usage: '<address> [text …]',
  options: {
    ...CONNECTION_OPTIONS,
    subject: { type: 'string', value: 'text', help: 'a subject' },
    type: { type: 'string', value: 'chat|normal|headline', help: 'kind of message; default chat' },
  },
  notes: [
    'Without a text, or with "-", the message is what stands on standard input.',
    'Done (0) means that the server took the message and did not refuse it.',
  ],
  examples: [
    'parlour-client send -a romeo@example.org juliet@example.org "Art thou there?"',
    'uptime | PARLOUR_PASSWORD=… parlour-client send -a robot@example.org admin@example.org',
  ],
  async run(context) {
    const [address, ...words] = context.positionals
    if (address === undefined) throw new UsageError('Who is the message for?')
    const to = parseJid(address)
    const type = typeOf(context)
    const body = words.length === 0 || (words.length === 1 && words[0] === '-') ? await input() : words.join(' ')
    if (body === '') throw new UsageError('The message is empty.')
    const { subject } = context.values
    await withClient(context, (client) =>
      sendAndConfirm(
        client,
        { to, type, body, ...(typeof subject === 'string' && { subject }) },
        secondsOf(context) * 1000,
      ),
    )
    return EXIT.ok
  },
}

const TYPES = ['chat', 'normal', 'headline'] as const

function typeOf({ values }: CommandContext): (typeof TYPES)[number] {
  const type = TYPES.find((known) => known === (values.type ?? 'chat'))
  if (!type) throw new UsageError(`--type is one of ${TYPES.join(', ')}.`)
  return type
}

async function input(): Promise<string> {
  if (process.stdin.isTTY) throw new UsageError('What is the message? Give a text, or pipe one in.')
  return (await readAll(process.stdin)).replace(/\r?\n$/, '')
}

interface Fields {
  readonly to: Jid
  readonly type: (typeof TYPES)[number]
  readonly body: string
  readonly subject?: string
}

/**
 * The server has taken responsibility when it acknowledges (XEP-0198 §4). Stanzas are processed in order (RFC 6120 §10.1): when
 * the ping behind it is answered, an error of the message is here.
 */
async function sendAndConfirm(client: Client, fields: Fields, timeoutMs: number): Promise<void> {
  const id = `send-${client.environment.now()}`
  let refused: StanzaError | undefined
  client.stanzas((stanza: Stanza) => {
    if (stanza.kind === 'message' && stanza.type === 'error' && stanza.id === id) refused = stanza.error
  })
  const acknowledged = client.sendAcknowledged(message({ ...fields, id }), { timeoutMs })
  const answered = client.iq.get(pingElement(), { to: client.jid.domain, timeoutMs }).catch((error: unknown) => {
    // A server that knows no pings answers, too.
    if (!(error instanceof StanzaError)) throw error
  })
  await Promise.all([acknowledged, answered])
  if (refused) throw refused
  if (client.state.status !== 'online') throw new ClientError('connection-lost')
}
