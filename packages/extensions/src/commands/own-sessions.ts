import type { ModuleHost } from '@parlour/server-core'
import { dateTime } from '../date-time/wire.ts'
import type { Command } from './command.ts'

const COLUMNS = [
  { name: 'resource', label: 'Resource', type: 'text-single' },
  { name: 'since', label: 'Signed in', type: 'text-single' },
  { name: 'address', label: 'Address', type: 'text-single' },
  { name: 'available', label: 'Available', type: 'boolean' },
] as const

/** Shows one's own sessions: which devices are signed in to the account, since when and from where. */
export function ownSessions(host: Pick<ModuleHost, 'sessions'>): Command {
  return {
    node: 'urn:parlour:commands:own-sessions',
    name: 'Show my connected devices',
    access: 'account',
    start: ({ from }) => ({
      status: 'completed',
      form: {
        type: 'result',
        title: 'Connected devices',
        fields: [],
        reported: COLUMNS,
        items: host.sessions(from).map((session) => [
          { name: 'resource', values: [session.resource] },
          { name: 'since', values: [dateTime(session.boundAt)] },
          { name: 'address', values: [session.stream.remoteAddress] },
          { name: 'available', values: [session.available ? '1' : '0'] },
        ]),
      },
    }),
  }
}
