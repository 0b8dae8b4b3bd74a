import type { ServerStatus } from '../administration/target.ts'
import { bytesText, duration, plural } from '../terminal/duration.ts'
import { table } from '../terminal/table.ts'
import { requireServer } from './administered.ts'
import { type Command, EXIT } from './command.ts'
import { CONFIGURATION_OPTION_HELP, CONFIGURATION_OPTIONS } from './configured.ts'

export const status: Command = {
  name: 'status',
  summary: 'tells how the running server is doing',
  usage: '',
  options: { json: { type: 'boolean' }, ...CONFIGURATION_OPTIONS },
  optionHelp: { json: 'as a JSON object', ...CONFIGURATION_OPTION_HELP },
  examples: ['parlour status', 'parlour status --json'],
  async run(context) {
    await using administration = await requireServer(context)
    const found = await administration.run('status', {})
    if (context.values.json) context.print(JSON.stringify(found))
    else for (const line of table(rowsOf(found))) context.print(line)
    return EXIT.ok
  },
}

function rowsOf(status: ServerStatus): string[][] {
  const { counters } = status
  return [
    ['Parlour', `${status.version}, process ${status.process}, running for ${duration(status.uptime)}`],
    ['Domains', status.domains.join(', ')],
    ...status.listening.map(({ kind, address, port }) => [kind, `port ${port} at ${address}`]),
    ['Online', `${status.accountsOnline} accounts with ${status.sessions} sessions`],
    ...waitingOf(status),
    ...serversOf(status),
    ['Memory', `${Math.round(status.memoryBytes / 1_048_576)} MiB`],
    [
      'Since the start',
      Object.entries(counters)
        .map(([name, count]) => `${count} ${wordsOf(name)}`)
        .join(', '),
    ],
  ]
}

/** Nothing where no client uses XEP-0198. */
function waitingOf({ streamManagement }: ServerStatus): string[][] {
  const { sessions, detached, resumed, expired } = streamManagement
  if (sessions + resumed + expired === 0) return []
  return [
    [
      'Resumable',
      `${sessions} sessions, ${detached} wait for their clients; ${resumed} resumed, ${expired} not in time`,
    ],
  ]
}

function serversOf({ federation }: ServerStatus): string[][] {
  if (!federation) return []
  const { links, queuedBytes, counters } = federation
  const states = Object.entries(links).filter(([, count]) => count > 0)
  const text = states.map(([state, count]) => `${count} ${state}`).join(', ') || 'no links'
  const { stanzasSent, stanzasReceived, failures } = counters
  return [
    ['Other servers', `${text}${queuedBytes > 0 ? `; ${bytesText(queuedBytes)} wait` : ''} (parlour s2s)`],
    ['', `${stanzasSent} stanzas sent, ${stanzasReceived} received, ${plural(failures, 'failure')}`],
  ]
}

const wordsOf = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
