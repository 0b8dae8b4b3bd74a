import { connectToServer } from '../administration/connect.ts'
import { AdministrationError } from '../administration/protocol.ts'
import type { ServerStatus } from '../administration/target.ts'
import type { Configuration } from '../configuration/schema.ts'
import { checkDomain } from '../dns/check-domain.ts'
import { isOutsideDns, nameOf, type ServedDomain, servedDomains } from '../dns/needed-services.ts'
import { createResolver } from '../federation/options.ts'
import { checkedLines } from '../terminal/dns-text.ts'
import { printableJson } from '../terminal/printable.ts'
import { type Command, type CommandContext, EXIT, UsageError } from './command.ts'
import { CONFIGURATION_OPTION_HELP, CONFIGURATION_OPTIONS, configurationOf } from './configured.ts'

const checkDns: Command = {
  name: 'check dns',
  summary: 'compares DNS with the records that the domains need',
  usage: '[domain]',
  options: { host: { type: 'string' }, json: { type: 'boolean' }, ...CONFIGURATION_OPTIONS },
  optionHelp: {
    host: 'the name of this machine in DNS; without it, where the records lead now, or the domain',
    json: 'one JSON object a line, one for each domain',
    ...CONFIGURATION_OPTION_HELP,
  },
  examples: ['parlour check dns', 'parlour check dns example.org --host xmpp.example.org', 'parlour check dns --json'],
  async run(context) {
    const { print, printError, values } = context
    const configuration = await configurationOf(context)
    const domains = domainsOf(context, servedDomains(configuration, await listeningOf(configuration)))
    const options = optionsOf(context, configuration)
    let isAllRight = true
    for (const [at, served] of domains.entries()) {
      if (isOutsideDns(served.domain)) {
        printError(`${served.domain} needs no records: it is not looked up in DNS.`)
        continue
      }
      const checked = await checkDomain(served, options)
      isAllRight &&= checked.works
      if (at > 0 && !values.json) print('')
      for (const line of values.json ? [printableJson(checked)] : checkedLines(checked)) print(line)
    }
    return isAllRight ? EXIT.ok : EXIT.failed
  },
}

function domainsOf(
  { positionals: [domain] }: CommandContext,
  served: readonly ServedDomain[],
): readonly ServedDomain[] {
  if (domain === undefined) return served
  const found = served.filter((each) => each.domain === nameOf(domain))
  if (found.length > 0) return found
  throw new UsageError(`${domain} is not served here, but ${served.map((each) => each.domain).join(', ')}`)
}

function optionsOf({ values }: CommandContext, configuration: Configuration) {
  const { host } = values as { host?: string }
  const { address } = configuration.listen
  const isOfOne = address !== undefined && !/^(::|0\.0\.0\.0|127\..*|::1)$/.test(address)
  return {
    resolver: createResolver(configuration),
    host: host === undefined ? undefined : nameOf(host.replace(/\.$/, '')),
    address: isOfOne ? address : undefined,
  }
}

/** What a server that runs really listens on; undefined without one, or if it is another user's. */
async function listeningOf({ dataFolder }: Configuration): Promise<ServerStatus['listening'] | undefined> {
  try {
    await using live = await connectToServer(dataFolder)
    return (await live?.run('status', {}))?.listening
  } catch (error) {
    if (error instanceof AdministrationError && error.code === 'unreachable') return undefined
    throw error
  }
}

export const checkCommands: readonly Command[] = [checkDns]
