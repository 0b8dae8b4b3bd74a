import { type Client, type ConnectionState, presence } from '@parlour/client-core'
import type { Message, Presence } from '@parlour/stanza'
import { plainLines, plainText } from '../terminal/plain-text.ts'
import { type Command, type CommandContext, EXIT, UsageError } from './command.ts'
import { explain } from './explain.ts'
import { CONNECTION_OPTIONS, positiveNumber, withClient } from './session.ts'
import { messageRecord, presenceRecord } from './stanza-json.ts'

export const listen: Command = {
  name: 'listen',
  summary: 'prints what arrives, until interrupted',
  usage: '[options]',
  options: {
    ...CONNECTION_OPTIONS,
    json: { type: 'boolean', help: 'one JSON object a line' },
    presence: { type: 'boolean', help: 'presence, too' },
    count: { type: 'string', short: 'n', value: 'number', help: 'end after so many' },
    for: { type: 'string', value: 'seconds', help: 'end after that time' },
    priority: { type: 'string', value: '-128…127', help: 'priority of this session; default 0' },
  },
  notes: [
    'With --json: {"event":"message","time":…,"from":…,"type":…,"body":…}, likewise "presence", and',
    '{"event":"connection","status":"online"|"waiting"|…}. Connects again after a loss of connection.',
  ],
  examples: [
    'parlour-client listen -a juliet@example.org',
    "parlour-client listen -a robot@example.org --json | jq -r 'select(.body) | .body'",
    'parlour-client listen -a juliet@example.org --json --count 1 --for 60',
  ],
  async run(context) {
    const priority = priorityOf(context)
    return withClient(context, (client) => follow(client, context, priority), {})
  },
}

function priorityOf({ values }: CommandContext): number {
  const priority = Number(values.priority ?? 0)
  if (!Number.isInteger(priority) || priority < -128 || priority > 127)
    throw new UsageError('--priority is a whole number from -128 to 127.')
  return priority
}

async function follow(client: Client, context: CommandContext, priority: number): Promise<number> {
  const { values, print, complain } = context
  const end = new AbortController()
  const stop = () => end.abort()
  const left = { count: values.count === undefined ? Infinity : positiveNumber(values.count, '--count') }
  const timer = values.for === undefined ? undefined : setTimeout(stop, positiveNumber(values.for, '--for') * 1000)
  process.once('SIGINT', stop).once('SIGTERM', stop)
  const show = (stanza: Message | Presence) => {
    for (const line of linesOf(stanza, values.json === true)) print(line)
    if (--left.count <= 0) stop()
  }
  client.onState((state) => {
    if (values.json) print(JSON.stringify(connectionRecord(state)))
    else if (state.status === 'waiting') complain(`${explain(state.error).lines[0]}; trying again`)
    if (state.status === 'closed') stop()
  })
  client.stanzas((stanza) => {
    if (end.signal.aborted || stanza.kind === 'iq' || (stanza.kind === 'presence' && !values.presence)) return
    show(stanza)
  })
  await client.use(presence).send({ priority })
  if (values.json) print(JSON.stringify({ event: 'connection', status: 'online', jid: client.jid.toString() }))
  else complain(`listening as ${client.jid}; Ctrl-C ends`)
  if (!end.signal.aborted) await new Promise<void>((resolve) => end.signal.addEventListener('abort', () => resolve()))
  clearTimeout(timer)
  process.off('SIGINT', stop).off('SIGTERM', stop)
  if (client.state.status === 'closed' && client.state.error) throw client.state.error
  return EXIT.ok
}

/** `resumed` and `resumable` say whether anything is missed in between. */
function connectionRecord(state: ConnectionState) {
  const { status } = state
  return {
    event: 'connection',
    status,
    ...(status === 'online' && { resumed: state.resumed }),
    ...(status === 'waiting' && { resumable: state.resumable }),
  }
}

function linesOf(stanza: Message | Presence, json: boolean): string[] {
  const now = Date.now()
  if (stanza.kind === 'message') {
    if (json) return [JSON.stringify(messageRecord(stanza, now))]
    const said = stanza.error ? `error: ${stanza.error.condition}` : (stanza.body ?? stanza.subject)
    if (said === undefined) return []
    const [first = '', ...others] = plainLines(said)
    return [`${plainText(stanza.from?.toString() ?? '')}: ${first}`, ...others.map((line) => `    ${line}`)]
  }
  if (json) return [JSON.stringify(presenceRecord(stanza, now))]
  const { from, type = stanza.show ?? 'available', status } = stanza
  return [plainText(`${from ?? ''} is ${type}${status ? `: ${status}` : ''}`)]
}
