import { pingElement } from '@parlour/extensions/ping'
import { parseJid } from '@parlour/jid'
import { type Command, EXIT } from './command.ts'
import { CONNECTION_OPTIONS, positiveNumber, secondsOf, withClient } from './session.ts'

export const ping: Command = {
  name: 'ping',
  summary: 'asks a server or a session whether it answers (XEP-0199)',
  usage: '[address]',
  options: {
    ...CONNECTION_OPTIONS,
    count: { type: 'string', short: 'n', value: 'number', help: 'so many times, a second apart; default 1' },
  },
  notes: ['Without an address: your own server. A session is a full address, such as juliet@example.org/balcony.'],
  examples: ['parlour-client ping -a romeo@example.org', 'parlour-client ping example.net -a romeo@example.org -n 3'],
  async run(context) {
    const [address] = context.positionals
    const count = positiveNumber(context.values.count ?? '1', '--count')
    const timeoutMs = secondsOf(context) * 1000
    await withClient(context, async (client) => {
      const to = parseJid(address ?? client.jid.domain)
      for (let sent = 0; sent < count; sent++) {
        if (sent > 0) await new Promise((resolve) => setTimeout(resolve, 1000))
        const before = performance.now()
        await client.iq.get(pingElement(), { to, timeoutMs })
        context.print(`${to} answered in ${(performance.now() - before).toFixed(1)} ms`)
      }
    })
    return EXIT.ok
  },
}
